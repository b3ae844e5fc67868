<?php
// PHPMailer as its manual shows it. Prints the id that it found in the last reply.
require '/usr/share/php/libphp-phpmailer/autoload.php';
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->Host = getenv('SMTP_HOST');
$mail->Port = (int) getenv(getenv('IMPLICIT_TLS') ? 'SMTPS_PORT' : 'SMTP_PORT');
$mail->SMTPSecure = getenv('IMPLICIT_TLS') ? 'ssl' : 'tls';
$mail->SMTPAuth = true;
$mail->SMTPOptions = ['ssl' => ['verify_peer' => false, 'verify_peer_name' => false]];
$mail->Username = getenv('SMTP_USERNAME');
$mail->Password = getenv('SMTP_PASSWORD');
$mail->CharSet = 'UTF-8';
$mail->setFrom(getenv('MAIL_FROM'), 'Shop');
$mail->addAddress(getenv('MAIL_TO'));
$mail->Subject = getenv('MAIL_SUBJECT');
$mail->Body = getenv('MAIL_TEXT');
$mail->addStringAttachment(str_repeat("\0\r\n.\n", 100000), 'a.bin');
$mail->send();
echo $mail->getSMTPInstance()->getLastTransactionID();
