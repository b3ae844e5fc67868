# The mail gem as its README shows it.
require 'mail'
mail = Mail.new do
  from    "Shop <#{ENV['MAIL_FROM']}>"
  to      ENV['MAIL_TO']
  subject ENV['MAIL_SUBJECT']
  body    ENV['MAIL_TEXT']
end
mail.charset = 'UTF-8'
mail.delivery_method :smtp, address: ENV['SMTP_HOST'], port: ENV['SMTP_PORT'].to_i, domain: 'client.test',
  user_name: ENV['SMTP_USERNAME'], password: ENV['SMTP_PASSWORD'], authentication: :plain,
  enable_starttls: true, openssl_verify_mode: OpenSSL::SSL::VERIFY_NONE
mail.deliver!
