<?php
// Symfony Mailer with the page's .env, as its manual shows it without the framework.
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
preg_match('/^MAILER_DSN=(.*)$/m', file_get_contents('/var/tmp/.env'), $dsn);
preg_match("/sender: '(.*)'/", file_get_contents('/var/tmp/config/packages/mailer.yaml'), $sender);
$mailer = new Symfony\Component\Mailer\Mailer(Symfony\Component\Mailer\Transport::fromDsn($dsn[1]));
$email = (new Symfony\Component\Mime\Email())
    ->from($sender[1])->to(getenv('RECIPIENT'))->subject('Test')->text('It works.');
$mailer->send($email);
