/**
 * Wordings of programs and providers, after their sources and documents, that no rule knew: rules were made from them,
 * so they are seen. `# program | source`, then a line each of `classes: words`; words that begin with a code are a reply,
 * others what a report says.
 */
export const WRITTEN_WORDS = `
# Postfix | src/smtp, src/smtpd/smtpd_check.c, src/local, src/virtual, src/pipe, src/cleanup, src/global
policy|reputation|authentication: TLSA lookup error for mx.r.example:25
policy: non DNSSEC destination
network|unknown-host: unable to find primary relay for r.example
network|system: bad transport: unix:private/nothing
system|network: alias database loop for user
mailbox-full: cannot update mailbox /var/mail/user for user user. error writing message: File too large
protocol: 551 5.7.1 Error: nested MAIL command
protocol: 503 5.5.1 Error: send HELO/EHLO first
system|policy: unable to deliver this message: service is disabled
network: Host or domain name not found. Name service error for name=r.example type=MX: Malformed or unexpected name server reply
system: unknown mail transport error
system: mail transport unavailable
protocol: cannot convert message to 7BIT
# Exim | src/deliver.c, routers/, transports/, smtp_in.c, configure.default, verify.c
network: remote host address is the local host
system: all hosts are ignored
unknown-host: no IP address found for host mx.r.example
system: pipe delivery process timed out
policy: DANE error: tlsa lookup FAIL
protocol|policy: 554 SMTP synchronization error
protocol|content: 552 message has lines too long for transport
# sendmail | src/deliver.c, err.c, savemail.c, sysexits.c, srvrsmtp.c, cf/proto.m4
protocol: 501 5.6.0 Data format error
expired: Message will be deleted from queue
system: Deferred: prescan: token too long
rate-limited: 421 4.7.0 mx.r.example Too many bad commands; closing connection
policy|system: 451 4.3.2 Please try again later
authentication: 450 4.7.1 possibly forged hostname for 192.0.2.1
# qmail | qmail-remote.c, qmail-local.c, qmail-rspawn.c, qmail-lspawn.c, qmail-send.c, vpopmail, netqmail patches
unknown-user: Hi. The name is not recognised here.
system: Home directory is sticky: user is editing his .qmail file. (#4.2.1)
system: Uh-oh: .qmail file is world-writable. (#4.7.0)
rate-limited|policy: 571 sorry, reached maximum number of recipients allowed in one session (chkuser)
# Courier | courier/module.esmtp, courier/submit, courier/module.local, maildrop
policy|authentication: 517 HELO x does not match
expired: Message was not delivered within 1 week
content|protocol: This message contains improperly-formatted binary content
# OpenSMTPD | usr.sbin/smtpd/mta.c, bounce.c, smtp_session.c, lka_session.c, mda.c
network|policy: Address family mismatch on destination MXs
network|unknown-host: No valid route to destination
network|policy|system: Destination seem to reject all mails
policy|system|network: Could not retrieve source address
policy|system: Could not retrieve credentials
# DragonFly dma | net.c, mail.c, local.c
network: remote delivery deferred: mx.r.example [192.0.2.7] failed after greeting
expired: Could not deliver for the last 5 days, giving up.
expired: message is too old
system: local delivery deferred: can not open \`/var/mail/user'
# Haraka | outbound/hmail.js, plugins/*
unknown-host: Nowhere to deliver mail to for domain: r.example
unknown-host|network: No address for MX host mx.r.example
expired: Too many failures (10)
relaying-denied|policy: 550 I cannot deliver mail for {user@r.example}
policy: 550 HELO must have a dot
policy: 550 HELO must have a valid TLD
policy: 550 HELO is dynamic
policy|protocol: 550 Invalid address format in HELO
policy|reputation: 550 very bad karma score: -9
policy: 550 No MX for your FROM address
# ZoneMTA, Postal, KumoMTA, Stalwart, James, maddy | lib/, app/lib/, crates/, queue
expired: Next delivery time would be at 2026-01-02 which exceeds the expiry time
unknown-host|network: MX list for r.example is empty
network|unknown-host|system: no non-ignored MX hosts
policy: KumoMTA internal: bounced by administrator
network: No SMTP servers were available for r.example. No hosts to try.
network: An error occurred while connecting to the server
policy|inactive-mailbox: Recipient is on the suppression list
policy: Message has been held.
unknown-host|network: MX record for r.example does not exist
policy|network: All MX hosts for r.example rejected by MTA-STS policy
policy: STARTTLS not advertised by host.
expired: Delivery attempts exceeded
unknown-host: There is no DNS entry for r.example
unknown-host|network: There are no DNS entries for the hostname r.example. I cannot determine where to send this message.
network: Temporary problem looking up mail server for host: r.example. I cannot determine where to send this message.
# Exchange, Exchange Online | NDR codes reference, MS-OXCMAIL, Exchange 2003-2019 DSN texts
unknown-user|system: 550 5.1.0 RESOLVER.ADR.Ambiguous; ambiguous address
system: 554 5.2.0 STOREDRV.Deliver.Exception:StorageTransientException.MapiExceptionNoMemory
policy: You do not have permission to send to this recipient. For assistance, contact your system administrator.
unknown-host: The destination system for this message could not be determined.
unknown-host|network: The following organization rejected your message because DNS records for the destination computer could not be found
expired: Could not deliver the message in the time limit specified. Please retry or contact your administrator.
unknown-host: The destination server for this recipient could not be found in Domain Name Service (DNS). Please verify the email address and retry.
network|protocol|system: There was a SMTP communication problem with the recipient's email server. Please contact your system administrator.
expired: The server has tried to deliver this message, without success, and has stopped trying.
content: Your message was blocked because it appears to contain spam or junk
# Domino | router messages, Domino Administrator help
unknown-user: Recipient user name user@r.example not unique. Several matches found in Domino Directory.
network|unknown-host: Unable to find path to server
system: Cannot open mail file
system: Database is corrupt -- Cannot allocate space
expired: Failed to deliver within time limit
# GroupWise, NIMS, Netscape Messaging | GWIA manual, product manuals
network: 420 TCP read error
network: 420 TCP write error
unknown-user: The following destination addresses were unknown (please check the addresses and re-mail the message)
# MDaemon, IceWarp, Kerio, CommuniGate, MailEnable, SmarterMail, Zimbra, Axigen, Merak, IMail, Surgemail | product manuals
expired: After 48 hours of attempts I was not able to deliver
expired|network: delivery time-out after 72 hours
mailbox-full: recipient's storage is full
network: host mx.r.example is not responding
rate-limited|network: too many channels opened to the host
mailbox-full: 550 Insufficient disk quota
# PowerMTA, Momentum | PowerMTA user guide (bounce categories), Momentum internal bounce texts
policy|system: 4.2.1 (queue disabled by operator)
policy|system: [internal] Admin failure
# Gmail | Gmail SMTP errors and codes reference, NDR text
policy: You do not have permission to send to this address
rate-limited: You have reached a limit for sending mail. Your message was not sent.
rate-limited: 454-4.7.0 Too many login attempts, please try again later.
# Outlook.com | Outlook.com postmaster codes
reputation|policy: 550 OU-002 Mail rejected by Outlook.com for policy reasons. Reasons for rejection may be related to content with spam-like characteristics
rate-limited: 451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections. (S3115)
rate-limited: 550 5.7.508 Service unavailable, [2001:db8::1] has exceeded permitted limits within 1 hour range
# Yahoo, AOL | sender hub SMTP error codes, postmaster.aol.com/errors
reputation|rate-limited: 554 5.7.1 (RLY:B1) http://postmaster.info.aol.com/errors/554rlyb1.html
content: 554 5.7.1 (HVU:B1) The URL contained in your email to AOL members has generated a high volume of complaints
rate-limited|reputation: 421 4.7.1 (DYN:T1) temporarily blocked
reputation: 554 5.7.1 (RTR:DU)
reputation: 521 5.2.1 : (CON:B1) https://postmaster.aol.com/error-codes#554conb1
# Comcast, Cox, Charter, AT&T, Verizon, EarthLink | postmaster pages
rate-limited: 421 Try again later, #RL000001
reputation: 554 ESMTP not accepting ES000001 residential
reputation: 421 CDRBL 192.0.2.1 temporarily blocked
rate-limited: 452 CXMXRT: cannot send to any more recipients
content|rate-limited|policy: 552 CXTHRT rejected
reputation: 521 < 192.0.2.1 > is blocked
# Mail.ru, Yandex, Rambler | help.mail.ru mailing rules; yandex.com/support/mail
inactive-mailbox: 550 Message was not accepted -- invalid mailbox. Local mailbox user@r.example is unavailable: account is disabled
reputation: 550 ERR_IP_REP_LOW
mailbox-full: 550 Почтовый ящик переполнен
content: 550 Письмо отклонено как спам
unknown-user: 550 Пользователь не существует
inactive-mailbox: 550 Почтовый ящик заблокирован
# QQ, NetEase, Sina, Coremail | mail.163.com help, service.mail.qq.com, Coremail support
rate-limited: 421 HL:IFC 163 smtp1
rate-limited: 421 HL:ICC 163 smtp1
reputation: 421 HL:REP 163 smtp1
reputation|policy: 421 HL:MEP 163 smtp1
protocol|rate-limited: 450 MI:CEL 163 smtp
rate-limited: 451 RP:DRC 163 smtp
rate-limited: 451 RP:QRC 163 smtp
rate-limited: 451 MI:SFQ 163 smtp
content: 554 DT:SPM 163 smtp8,DMCowLCk
authentication|policy|content: 554 DT:SUM 163 smtp
content: 554 MI:SPB 163 smtp
too-big: 552 Requested mail action aborted: exceeded mailsize limit
mailbox-full: 收件人空间不足
content|policy: 550 邮件内容被拒绝
unknown-host: 域名不存在
# Orange, laposte, SFR, Free, Bouygues | postmaster.orange.fr
inactive-mailbox: 550 Boîte aux lettres désactivée
# Mimecast, Proofpoint, Barracuda, Cisco, MessageLabs, Sophos, Trend, Spamhaus | knowledge bases of the products
policy: 451 Account outbounds disabled
reputation: 554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1
reputation: 550 5.7.1 This message was blocked by Proofpoint Dynamic Reputation
# SES, SendGrid, Mailgun, SparkPost, Postmark, Zoho, iCloud, Rackspace | event references of the services
policy|inactive-mailbox: Amazon SES did not send the message to this address because it is on the suppression list for your account.
policy|complaint|content: Not delivering to a user who marked your messages as spam
policy: Not delivering to unsubscribed address
policy: Unsubscribed Address
rate-limited|policy: Recipient List over Package Quota
rate-limited|policy: 550 5.4.6 Unusual sending activity detected. Please try after sometime
# In other languages | the localised notices of Exchange, Gmail and Domino; providers of the language
inactive-mailbox: 550 5.2.1 Mailbox not available
unknown-user: 550 Konto nie istnieje
unknown-user: 550 Nie ma takiego użytkownika
unknown-user: 550 Nieznany użytkownik
mailbox-full: 552 Skrzynka odbiorcy jest przepełniona
inactive-mailbox: 550 Konto zostało zablokowane
unknown-user: 550 Uživatel neexistuje
mailbox-full: 552 Schránka je plná
mailbox-full: 552 메일함 용량 초과
unknown-user: 550 Gebruiker onbekend
mailbox-full: 552 Postbus vol
mailbox-full: 552 De mailbox van de ontvanger is vol
unknown-user: 550 Destinatário desconhecido
unknown-user: 550 Usuário não encontrado
inactive-mailbox: 550 Conta desativada
unknown-user: 550 Indirizzo inesistente
inactive-mailbox: 550 Casella disattivata
mailbox-full: 552 Cuota excedida
inactive-mailbox: 550 Cuenta deshabilitada
mailbox-full: 552 Quota dépassé
unknown-user: 550 Kein solcher Benutzer
mailbox-full: 552 Speicherplatz erschöpft
unknown-user: 550 そのようなユーザはおりません
unknown-host: 550 ドメインが存在しません
expired: Die Nachricht konnte nicht innerhalb von 5 Tagen zugestellt werden
expired: Le message n'a pas pu être remis après 48 heures
expired: Zustellversuch abgelaufen
network: Verbindung zum Server fehlgeschlagen
network: Zeitüberschreitung bei der Verbindung
network: Connexion refusée
unknown-host: Domäne nicht gefunden
unknown-host: Domaine inconnu
unknown-host: El dominio no existe
unknown-host: Il dominio non esiste
unknown-host: O domínio não existe
policy: Zugriff verweigert
policy: Accès refusé
policy: Acceso denegado
relaying-denied: Relais verweigert
unknown-user: No se encontró la dirección de correo electrónico que escribió.
unknown-user: Impossibile trovare l'indirizzo di posta elettronica immesso.
unknown-user: Não foi possível localizar o endereço de email inserido.
unknown-user: Het opgegeven e-mailadres kan niet worden gevonden.
unknown-user: Nie można odnaleźć wprowadzonego adresu e-mail.
unknown-user: Не удалось найти введенный адрес электронной почты.
unknown-user: 找不到您输入的电子邮件地址。
unknown-user: Die E-Mail-Adresse des Empfängers wurde im E-Mail-System des Empfängers nicht gefunden.
unknown-user: No se ha encontrado la dirección. Tu mensaje no se ha entregado
unknown-user: Indirizzo non trovato. Il tuo messaggio non è stato recapitato
unknown-user: Endereço não encontrado. Sua mensagem não foi entregue
unknown-user: Adres niet gevonden. Je bericht is niet bezorgd
unknown-user: Nie znaleziono adresu. Twoja wiadomość nie została dostarczona
unknown-user: Адрес не найден. Ваше сообщение не доставлено
unknown-user: アドレス不明 メールは配信されませんでした
unknown-user: 找不到地址
mailbox-full: La cassetta postale del destinatario è piena
mailbox-full: Skrzynka pocztowa odbiorcy jest pełna
mailbox-full: Почтовый ящик получателя переполнен
policy: Sie sind nicht berechtigt, an diesen Empfänger zu senden.
policy: Vous n'êtes pas autorisé à envoyer un message à ce destinataire.
# Said in other words | composed, to try whether topics are understood whatever the words
unknown-user: 550 There is nobody here by that name
unknown-user: 550 This e-mail address is not in use any more
unknown-user: 550 Sorry, we have no customer with this address
inactive-mailbox: 550 the recipient's account is switched off
mailbox-full: 552 The recipient's quota has been used up
unknown-host: the mail server for r.example could not be located
network: The remote server hung up
network: unexpected end of file while reading
expired: We tried for five days to deliver it
expired: We have given up trying to deliver this message
reputation: 554 Poor sender score
content: 550 Rejected because of a link in the message
authentication: 550 Message not signed
relaying-denied: 550 we do not handle mail for this domain
moved: 550 I have changed my e-mail address
# Microsoft 365, Gmail and others, to people | their notices, and what they say in other languages
unknown-user: Your message to user@r.example couldn't be delivered. user wasn't found at r.example.
unknown-user: User (user@r.example) The email address you entered couldn't be found. Please check it.
inactive-mailbox: The address you sent your message to isn't in service any more.
network: There was an error looking up the recipient's mail server in DNS.
network: The recipient's server closed the connection before the message was taken.
too-big: Your message to user@r.example exceeded the size limit of the recipient.
too-big: Messaggio rifiutato: dimensione eccessiva
network|expired: Le serveur de réception n'a pas répondu pendant 48 heures.
network: El servidor de destino no responde.
network: Der Server antwortet nicht
policy: Der Empfänger nimmt keine Nachrichten von Ihnen an.
unknown-user: La dirección user@r.example no se encontró en r.example.
expired: unable to deliver message after multiple retries
expired: was not reachable within the allowed queue period
content: 554 message refused by the SpamProfiler
reputation: 554 server access forbidden by your ip 192.0.2.1
policy: 550 NO_SUCH_SENDER
rate-limited: 550 too many unknown recipients from your host
`;
