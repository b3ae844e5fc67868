# Action Mailer with the page's lines of config/environments/production.rb.
require 'action_mailer'
config = Struct.new(:action_mailer).new(ActionMailer::Base)
eval File.read('/var/tmp/config/environments/production.rb')
ActionMailer::Base.mail(to: ENV['RECIPIENT'], subject: 'Test', body: 'It works.').deliver_now
