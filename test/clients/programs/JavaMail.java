// JavaMail as its guide shows it.
import java.util.Properties;
import javax.mail.*;
import javax.mail.internet.*;

public class JavaMail {
  public static void main(String[] args) throws Exception {
    Properties p = new Properties();
    p.put("mail.smtp.host", System.getenv("SMTP_HOST"));
    p.put("mail.smtp.port", System.getenv("SMTP_PORT"));
    p.put("mail.smtp.auth", "true");
    p.put("mail.smtp.starttls.enable", "true");
    p.put("mail.smtp.starttls.required", "true");
    p.put("mail.smtp.ssl.trust", "*");
    p.put("mail.smtp.ssl.checkserveridentity", "false");
    Session session = Session.getInstance(p, new Authenticator() {
      protected PasswordAuthentication getPasswordAuthentication() {
        return new PasswordAuthentication(System.getenv("SMTP_USERNAME"), System.getenv("SMTP_PASSWORD"));
      }
    });
    MimeMessage message = new MimeMessage(session);
    message.setFrom(new InternetAddress(System.getenv("MAIL_FROM"), "Shop", "UTF-8"));
    message.setRecipient(Message.RecipientType.TO, new InternetAddress(System.getenv("MAIL_TO")));
    message.setSubject(System.getenv("MAIL_SUBJECT"), "UTF-8");
    message.setText(System.getenv("MAIL_TEXT"), "UTF-8");
    Transport.send(message);
  }
}
