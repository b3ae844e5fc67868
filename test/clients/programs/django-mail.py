# Django's send_mail as its manual shows it.
import os, ssl
ssl.create_default_context = ssl._create_unverified_context
from django.conf import settings
settings.configure(
    EMAIL_HOST=os.environ['SMTP_HOST'], EMAIL_PORT=int(os.environ['SMTP_PORT']), EMAIL_USE_TLS=True,
    EMAIL_HOST_USER=os.environ['SMTP_USERNAME'], EMAIL_HOST_PASSWORD=os.environ['SMTP_PASSWORD'],
    DEFAULT_CHARSET='utf-8',
)
from django.core.mail import send_mail
send_mail(os.environ['MAIL_SUBJECT'], os.environ['MAIL_TEXT'], f"Shop <{os.environ['MAIL_FROM']}>", [os.environ['MAIL_TO']])
