# smtplib and email.message of Python's standard library.
import os, smtplib, ssl
from email.message import EmailMessage
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
message = EmailMessage()
message['From'] = f"Shop <{os.environ['MAIL_FROM']}>"
message['To'] = os.environ['MAIL_TO']
message['Subject'] = os.environ['MAIL_SUBJECT']
message.set_content(os.environ['MAIL_TEXT'])
with smtplib.SMTP(os.environ['SMTP_HOST'], int(os.environ['SMTP_PORT'])) as smtp:
    smtp.starttls(context=context)
    smtp.login(os.environ['SMTP_USERNAME'], os.environ['SMTP_PASSWORD'])
    smtp.send_message(message)
