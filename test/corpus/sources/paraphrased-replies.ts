/**
 * Paraphrases: what servers say, in other words, composed class by class and in thirteen languages before the rules were
 * run on them. `# topic`, then a line each of `classes: words`, as in written-replies.ts. Each is read as the answer to RCPT
 * that a report quotes; only `unknown-user`, `unknown-host` and `moved` without a second class have to be hard, and only
 * with a permanent code.
 */
export const PARAPHRASED_WORDS = `
# a person who is not there
unknown-user: 550 unknown local-part "anna" in domain "r.example"
unknown-user: 550 local part 'anna' is not known at 'r.example'
unknown-user: 550 User <anna@r.example> was not found on this server
unknown-user: 550 User anna is not found in server
unknown-user: 550 <anna@r.example> ...User unknown
unknown-user: 550 No account named "anna" exists in domain r.example
unknown-user: 550 There is no such active account
unknown-user: 550 There is no such active mailbox here
unknown-user: 550 No such active user: anna@r.example
unknown-user: 550 We have no user by the name of anna
unknown-user: 550 anna@r.example is not a known user of this system
unknown-user: 550 Recipient anna@r.example could not be found in the directory
unknown-user: 550 The mailbox "anna" cannot be located on this host
unknown-user: 550 This address is not assigned to anybody
unknown-user: 550 Mailbox for anna@r.example does not exist
unknown-user: 550 Account 'anna' doesn't exist here
unknown-user: 550 The address you mailed, anna@r.example, is unknown to us
unknown-user: 550 Nobody called anna lives here
unknown-user: 550 The user named in your message is not registered with this service
unknown-user: 550 Email address lookup failed: no match for anna@r.example
unknown-user: 550 5.5.0 no matching mailbox for <anna@r.example>
unknown-user: 550 unknown mailbox: [anna@r.example]
unknown-user: 550 Cannot find a user with that address
unknown-user: 550 We could not find the recipient 'anna@r.example' in our database
unknown-user: 553 <anna@r.example>: user does not exist in this domain
unknown-user: 550 Recipient anna does not have an account at r.example
unknown-user: 550 <anna@r.example> is not one of our customers
unknown-user: 554 the recipient <anna@r.example> doesn't exist any more
unknown-user: 550 no person with this name receives mail here
unknown-user: 550 Benutzer "anna" ist in der Domäne "r.example" nicht bekannt
unknown-user: 550 Der Empfänger anna@r.example wurde nicht gefunden
unknown-user: 550 Das Postfach <anna@r.example> existiert auf diesem Server nicht
unknown-user: 550 Es gibt kein Postfach mit diesem Namen
unknown-user: 550 Die Adresse anna@r.example ist hier unbekannt
unknown-user: 550 Diese E-Mail-Adresse gibt es nicht
unknown-user: 550 Utilisateur anna (anna@r.example) non répertorié dans l'annuaire
unknown-user: 550 Le destinataire "anna@r.example" n'a pas été trouvé
unknown-user: 550 Cette adresse n'existe pas chez nous
unknown-user: 550 L'utilisateur anna est inconnu sur ce serveur
unknown-user: 550 Aucun compte ne correspond à cette adresse
unknown-user: 550 El usuario anna@r.example no existe en este servidor
unknown-user: 550 No se encuentra el buzón anna@r.example
unknown-user: 550 No hay ningún usuario con esa dirección
unknown-user: 550 L'utente anna@r.example non è presente in questo dominio
unknown-user: 550 Nessuna casella con questo nome
unknown-user: 550 Indirizzo anna@r.example non trovato
unknown-user: 550 O usuário anna@r.example não foi encontrado neste servidor
unknown-user: 550 Não existe caixa postal com este nome
unknown-user: 550 Gebruiker anna@r.example is niet bekend op deze server
unknown-user: 550 Er is geen postbus met deze naam
unknown-user: 550 Użytkownik anna@r.example nie jest znany na tym serwerze
unknown-user: 550 Nie ma takiej skrzynki
unknown-user: 550 Пользователь anna@r.example не найден на этом сервере
unknown-user: 550 Такого почтового ящика нет
unknown-user: 550 Uživatel anna@r.example nebyl nalezen
unknown-user: 550 Taková schránka neexistuje
unknown-user: 550 宛先のメールアドレスは存在しません
unknown-user: 550 該当するユーザーがいません
unknown-user: 550 该用户不存在
unknown-user: 550 没有这个用户
unknown-user: 550 해당 사용자를 찾을 수 없습니다
unknown-user: 550 Användaren anna@r.example finns inte
# a domain that is not there
unknown-host: 550 5.1.2 The domain r.example could not be found in DNS
unknown-host: 550 Mail domain "r.example" does not exist
unknown-host: 550 No mail host is published for the domain r.example
unknown-host: 550 <anna@r.example>... Host unknown (Name server: r.example: host not found)
unknown-host: 550 We looked up r.example and found no MX or address record
unknown-host: 550 Die Domain r.example existiert nicht
unknown-host: 550 Le domaine r.example n'existe pas
unknown-host: 550 El dominio r.example no existe
unknown-host: 550 Il dominio r.example non esiste
# moved
moved: 551 anna has left the company
moved: 550 The person you write to has moved to another provider
moved: 550 This mailbox was moved; the new address is anna@other.example
# ambiguous
policy|unknown-user|system|undefined: 550 Recipient name anna (anna@r.example) not unique. Several matches found in directory
policy|unknown-user|system|undefined: 550 More than one entry matches anna
policy|unknown-user|system|undefined: 550 The name anna is ambiguous: several users match
policy|unknown-user|system|undefined: 550 Benutzer anna nicht eindeutig. Mehrere Einträge gefunden
policy|unknown-user|system|undefined: 550 Multiple matches found for anna in Domino Directory
# shut
inactive-mailbox: 550 5.1.1 Suspended user <anna@r.example>
inactive-mailbox: 550 5.1.1 The account <anna@r.example> was suspended
unknown-user: 550 5.1.1 deactivated mailbox
unknown-user: 550 5.1.1 Disabled user
inactive-mailbox: 550 5.1.1 user has been locked for non-payment
inactive-mailbox: 550 mail receiving disabled
inactive-mailbox: 550 Receiving mail is switched off for this account
inactive-mailbox: 550 This account can not receive mail: it is dormant
inactive-mailbox: 550 Mailbox deactivated since its owner did not log in for a year
inactive-mailbox: 550 This mailbox has been closed by its owner
inactive-mailbox: 550 account frozen
inactive-mailbox: 550 User's mail service is suspended
inactive-mailbox: 550 Delivery to this user has been turned off
inactive-mailbox: 550 Das Konto ist gesperrt
inactive-mailbox: 550 Postfach wurde stillgelegt
inactive-mailbox: 550 Le compte a été suspendu
inactive-mailbox: 550 La cuenta está suspendida
inactive-mailbox: 550 L'account è stato sospeso
inactive-mailbox: 550 A conta está desativada
inactive-mailbox: 550 Konto zostało zawieszone
inactive-mailbox: 550 Учетная запись заблокирована
inactive-mailbox: 550 该账号已被停用
inactive-mailbox: 550 アカウントは停止されています
# full
mailbox-full: 552 Account(s) <anna@r.example> does not have enough space
mailbox-full: 552 <anna@r.example> has no space left for your message
mailbox-full: 550 User has too many messages on the server
mailbox-full: 552 There are too many messages in this user's store
mailbox-full: 552 The recipient has run out of storage
mailbox-full: 550 The domain size limit has been exceeded
mailbox-full: 552 Disk space limit for domain r.example exceeded
mailbox-full: 552 The size limit of the domain is used up
mailbox-full: 452 user's maildir has hit its size limit
mailbox-full: 550 anna@r.example cannot take any more mail: storage is full
mailbox-full: 552 Not enough storage left in the account of the recipient
mailbox-full: 552 Mailbox anna@r.example lacks room for this message
mailbox-full: 550 The addressee's box is crammed full
mailbox-full: 550 Benutzer hat zu viele Mails auf dem Server
mailbox-full: 552 Der Speicherplatz des Empfängers reicht nicht aus
mailbox-full: 552 Das Postfach hat keinen Platz mehr
mailbox-full: 552 La boîte aux lettres du destinataire est pleine
mailbox-full: 552 Le quota du compte est dépassé
mailbox-full: 552 El buzón no tiene espacio suficiente
mailbox-full: 552 Spazio insufficiente nella casella del destinatario
mailbox-full: 552 A caixa postal do usuário está cheia
mailbox-full: 552 Skrzynka odbiorcy jest pełna
mailbox-full: 552 Ящик получателя переполнен
mailbox-full: 552 De mailbox van de ontvanger is vol
mailbox-full: 552 收件人空间不足
mailbox-full: 552 受信者のメールボックスの容量が不足しています
# message too big
too-big: 552 Your message is bigger than this server takes
too-big: 552 Message of 31457280 bytes exceeds the limit of 10485760
too-big: 552 Size of message is over the maximum for r.example
too-big: 550 Attachments larger than 10 MB are not taken
too-big: 552 Die Nachricht ist zu groß
too-big: 552 Le message dépasse la taille autorisée
too-big: 552 El mensaje supera el tamaño máximo
too-big: 552 Il messaggio supera la dimensione massima
too-big: 552 邮件大小超过限制
# the address of this side
reputation|policy: 421 4.3.2 Your IP(192.0.2.1) is filtered and this connection will be closed
reputation|policy: 421 4.3.2 Your IP 192.0.2.1 is blocked, closing connection
reputation|policy: 421 Connection from 192.0.2.1 dropped: address is filtered
reputation|policy: 451 Automated block triggered by suspicious activity from your IP address (192.0.2.1)
reputation|policy: 554 We do not talk to 192.0.2.1
reputation|policy: 421 Your host was put on our filter list, connection closed
reputation|policy: 550 Suspicious traffic from your network
reputation|policy: 550 This IP has sent too much junk
reputation|policy: 554 Ihre IP-Adresse ist gesperrt
reputation|policy: 554 Votre adresse IP est bloquée
reputation|policy: 554 Su dirección IP está bloqueada
reputation|policy: 554 Il tuo indirizzo IP è bloccato
reputation|policy: 554 Ваш IP-адрес заблокирован
reputation|policy: 554 您的IP地址已被拒绝
reputation|policy: 521 connection closed: your IP must be registered with us
reputation|policy|authentication: 556 remote ip check error
reputation|policy|authentication: 550 client ip check failed
reputation|policy|authentication: 550 IP check of the sender's domain failed
# loops
system|network: 552 looping message
system|network: 554 This message is looping between servers
system|network: 554 too many Received lines, message loops
system|network: 550 Mail forwarding loop for anna@r.example
system|network: 554 sendall: too many hops 19 (17 max): from <sam@s.example> via localhost, to <anna@r.example>
system|network: 550 loop found in the forwarding of anna
system|network: 550 Endlosschleife erkannt
system|network: 550 Boucle de messages détectée
system|network: 550 Bucle de correo detectado
# the sender's domain
policy|authentication: 553 s.example does not exist
policy|authentication: 550 s.example has no mail exchanger, mail from it is refused
policy|authentication: 553 s.example: unknown domain of sender
policy|authentication: 550 We could not verify that s.example exists, sender rejected
policy|authentication: 553 sorry, your envelope sender domain must exist
policy|authentication: 550 5.1.1 The domain in MAIL FROM does not resolve
policy|authentication: 550 Return address sam@s.example is not valid
policy|authentication: 550 Absender sam@s.example existiert nicht
policy|authentication: 550 L'expéditeur sam@s.example n'existe pas
policy|authentication: 550 El remitente no existe
policy|authentication: 550 Il mittente non esiste
policy|authentication: 550 Отправитель не найден
# connections
network|expired: 450 Failed four attempts to connect to the recipient's mail server
network|expired: 450 Three attempts to reach the server have failed
network|expired: 450 All attempts to connect to mx.r.example were unsuccessful
network|expired: 450 We tried five times to connect to the host and failed each time
network: 450 4.4.3 routing server failure
network: 450 Name server for r.example failed to answer
network: 450 The far host hung up on us
network: 450 Could not get through to mx.r.example
network: 450 The destination is not answering on port 25
network: 450 unable to make a connection to any host of r.example
network: 450 Verbindung zum Server konnte nicht aufgebaut werden
network: 450 Impossible de se connecter au serveur distant
network: 450 No se pudo conectar con el servidor remoto
network: 450 Impossibile connettersi al server remoto
network: 450 无法连接到对方服务器
# expiry
expired: 550 The message waited in the queue for five days and was given up
expired: 550 Delivery was tried until the deadline passed
expired: 550 We stopped trying after 72 hours
expired: 550 Cannot send message for 3 days
expired: 550 Die Zustellung wurde nach 5 Tagen aufgegeben
# policy
policy|unknown-user: 550 5.4.1 [anna@r.example]: Recipient address rejected: Access denied
policy: 554 5.2.3 MailPolicy violation Error delivering to mailboxes
policy: 554 5.2.3 violates mail policy of the mailbox
policy: 550 mailbox anna@r.example is restricted
policy: 550 You may not write to this address
policy: 550 anna does not want your mail
policy: 550 This person accepts messages from contacts only
policy: 550 The administrator of r.example has set a rule against this
policy: 550 Sie dürfen an diese Adresse nicht schreiben
policy: 550 Vous n'êtes pas autorisé à écrire à ce destinataire
policy: 550 No tiene permiso para escribir a este destinatario
policy: 550 Non sei autorizzato a scrivere a questo destinatario
policy: 550 Você não tem permissão para enviar a este destinatário
policy: 550 Вам запрещено писать этому получателю
# put off
policy|rate-limited: 451 4.3.0 First-time sender tempfailed as anti-spam measure; please try again
policy|rate-limited: 451 You are new to us, come back in five minutes
policy|rate-limited: 451 Unknown sender triplet, temporarily rejected, retry later
policy|rate-limited: 450 First contact from this host, deferring as an anti-spam measure
policy|rate-limited: 451 deferred as we have not seen this sender before
policy|rate-limited: 450 tempfail: new sender, please retry
rate-limited: 452 You send us more than we can take, slow down please
rate-limited: 421 More than 10 connections at a time from one host
rate-limited: 450 Hourly allowance used up
rate-limited: 450 anna gets mail faster than we allow
rate-limited: 450 Zu viele Verbindungen von Ihrem Server
rate-limited: 450 Trop de connexions depuis votre serveur
rate-limited: 450 Demasiadas conexiones
rate-limited: 450 Troppe connessioni dal tuo indirizzo
rate-limited: 450 发送频率过高
# authentication
authentication: 550 s.example publishes an SPF record that does not list 192.0.2.1
authentication: 550 Your message carries no DKIM signature that we could verify
authentication: 550 DMARC of s.example tells us to reject this
authentication|reputation|policy: 550 192.0.2.1 has no name in DNS
# relaying
relaying-denied: 550 We are not the mail server of r.example
relaying-denied: 550 This host does not forward mail for strangers
relaying-denied: 550 r.example is not handled by this machine
relaying-denied: 554 Weiterleiten nicht erlaubt
relaying-denied: 554 Relayage interdit
# content
content: 554 Your message was taken for spam
content: 550 This looks very much like junk
content|policy: 554 Messages with such attachments are unwelcome
content|policy: 550 Messages without To: fields are not accepted here
content: 554 Die Nachricht wurde als Spam erkannt
content: 554 Message considéré comme indésirable
content: 554 El mensaje fue clasificado como correo no deseado
virus: 554 The scanner has found malware in the attachment
virus: 554 In der Nachricht wurde ein Virus gefunden
# the system of the far side
system: 451 Something broke on our side, sorry
system: 452 Our disk is full
system: 451 The user database cannot be reached
system: 451 We are upgrading, come back tomorrow
system: 451 Interner Fehler
system: 451 Erreur interne du serveur
# a person who is not there, again
unknown-user: 550 The recipient 'anna' was never registered on this system
unknown-user: 550 anna@r.example: mailbox could not be located
unknown-user: 550 No entry for anna@r.example in the user table
unknown-user: 550 Sorry, nobody by that name at r.example
unknown-user: 550 There is nobody at this address
unknown-user: 550 Invalid user name 'anna'
unknown-user: 550 The specified mailbox (anna) is not recognised
unknown-user: 550 anna: no such account at r.example
unknown-user: 550 User 'anna@r.example' isn't known to this host
unknown-user: 550 The alias anna@r.example has no destination mailbox
unknown-user: 550 Wrong address: anna does not exist here
unknown-user: 550 that person does not have a mailbox with us
unknown-user: 550 address <anna@r.example> not in use
inactive-mailbox|unknown-user: 550 Account closed or never existed
unknown-user: 550 not a mailbox of this server: anna@r.example
unknown-user: 550 recipient anna@r.example was not recognized by this domain
unknown-user: 550 username anna could not be matched to an account
unknown-user: 550 The e-mail address you entered could not be found
unknown-user: 550 Kein Benutzer anna@r.example auf diesem Server
unknown-user: 550 Ihr Empfänger ist bei uns nicht registriert
unknown-user: 550 La dirección anna@r.example no es válida
unknown-user: 550 Adresse e-mail du destinataire incorrecte
unknown-user: 550 Boîte aux lettres anna@r.example introuvable
unknown-user: 550 Utente sconosciuto: anna@r.example
unknown-user: 550 Endereço de e-mail anna@r.example inválido
unknown-user: 550 Onbekende gebruiker anna
unknown-user: 550 Nieznany odbiorca: anna@r.example
unknown-user: 550 Неизвестный адрес получателя
unknown-user: 550 Neznámý příjemce anna@r.example
unknown-user: 550 收件人地址不存在
unknown-user: 550 指定されたアドレスは見つかりませんでした
# shut, again
inactive-mailbox: 550 anna@r.example is currently suspended
inactive-mailbox: 550 5.1.1 The mailbox of anna is locked at the moment
inactive-mailbox: 550 This user's mailbox is no longer active
inactive-mailbox: 550 Subscriber suspended for unpaid bills
inactive-mailbox: 550 The account was shut down by the provider
inactive-mailbox: 550 Mailbox is disabled for inbound mail
inactive-mailbox: 550 Das Konto wurde vorübergehend gesperrt
inactive-mailbox: 550 Boîte aux lettres désactivée
inactive-mailbox: 550 El buzón está deshabilitado
# full, again
mailbox-full: 552 anna@r.example is over its storage limit
mailbox-full: 552 Recipient storage exhausted
mailbox-full: 550 The user's inbox holds too many messages
mailbox-full: 552 Quota of domain r.example is exceeded
mailbox-full: 452 Not enough room in the mailbox
mailbox-full: 552 Account storage full, message not delivered
mailbox-full: 552 Mailbox quota is used up
mailbox-full: 552 Postfach des Empfängers ist überfüllt
mailbox-full: 552 Espace de stockage du destinataire insuffisant
mailbox-full: 552 Il destinatario ha esaurito lo spazio
mailbox-full: 552 Przekroczono limit skrzynki
# too big, again
too-big: 552 We take messages of up to 20 MB
too-big: 552 Message is 40 MB, only 20 MB allowed
too-big: 552 The mail you sent is too large for the recipient's server
too-big: 552 Nachricht überschreitet die erlaubte Größe
# this side's address, again
reputation|policy: 554 192.0.2.1 is on our local block list
reputation|policy: 554 Mail from 192.0.2.1 is filtered
reputation|policy: 421 IP filtered, bye
reputation|policy: 554 Your mail server has been seen sending junk
reputation|policy: 550 Your server is not welcome here
reputation|policy: 421 too much spam from your address space
# loops, again
system|network: 554 mail is going in circles
system|network: 554 A forwarding loop was noticed
system|network: 550 This message has been here before (loop)
system|network: 554 Delivered-To loop
# sender, again
policy|authentication: 553 sender domain s.example was not found
policy|authentication: 550 your domain s.example has no MX
policy|authentication: 553 domain of the sender cannot be resolved
policy|authentication: 550 s.example not found in DNS
policy|authentication: 550 <sam@s.example>: no such sender
policy|authentication: 450 Absenderdomain existiert nicht
# connections, again
network|expired: 450 two attempts to contact the server were in vain
network: 450 The mail server of r.example does not answer
network: 450 Connection could not be made to any of the hosts
network: 450 remote server dropped the line
network: 450 Es konnte keine Verbindung hergestellt werden
# expired, again
expired: 550 Undelivered after 120 hours, returning it
expired: 550 The retry period is over
expired: 550 This mail could not be passed on in time
# policy, again
policy: 550 Recipient does not wish to receive mail from you
policy: 550 The mailbox takes only mail from its own company
policy: 550 Blocked by a rule of the recipient
policy: 550 Mailing policy of the company forbids this
policy: 550 Ce destinataire n'accepte pas vos messages
# put off, again
policy|rate-limited: 451 Greeting unknown sender, try once more in ten minutes
policy|rate-limited: 450 We do not know you yet, retry later
policy|rate-limited: 451 temporarily deferred, first delivery from this address
rate-limited: 421 Too many messages in too short a time
rate-limited: 450 The recipient gets too much mail at the moment
# others
relaying-denied: 550 r.example is not a domain we serve
relaying-denied: 554 We do not relay for you
virus: 554 Infected file in your message
content: 554 Spam! Go away
authentication: 550 SPF says no for 192.0.2.1
system: 451 Mail store is offline
system: 450 An error happened while we looked at your message
protocol: 501 Your command was not understood
# a person who is not there, a third time
unknown-user: 550 mail for <anna@r.example> cannot be delivered: recipient does not exist on this system
unknown-user: 550 Mailbox name anna is not in our books
unknown-user: 550 The person anna@r.example is unknown at this organisation
unknown-user: 550 5.0.0 <anna@r.example> Undeliverable: no such mailbox
unknown-user: 550 cannot deliver, addressee unknown
unknown-user: 550 we don't have anybody called anna
unknown-user: 550 This e-mail address was never assigned
unknown-user: 550 user [anna] does not live here
unknown-user: 550 The recipient you specified could not be found in domain r.example
unknown-user: 550 Unrecognized recipient <anna@r.example>
unknown-user: 550 nonexistent recipient anna
unknown-user: 550 The account named anna@r.example isn't on this server
unknown-user: 550 Recipient unknown to r.example
unknown-user: 550 Target mailbox missing
unknown-user: 550 This employee is not in the company directory
unknown-user: 550 Nutzer anna nicht gefunden
unknown-user: 550 Adressat unbekannt
unknown-user: 550 Cet utilisateur n'existe plus
unknown-user: 550 Ce compte n'existe pas
unknown-user: 550 Dirección de correo inexistente
unknown-user: 550 Este usuario no se encuentra
unknown-user: 550 Questo indirizzo non è attivo presso di noi
unknown-user: 550 Destinatário não cadastrado
unknown-user: 550 Dit adres kennen wij niet
unknown-user: 550 Taki użytkownik nie istnieje
unknown-user: 550 Адресат неизвестен
unknown-user: 550 Tento uživatel neexistuje
unknown-user: 550 そのようなユーザーは存在しません
unknown-user: 550 查无此人
unknown-user: 550 존재하지 않는 메일 주소입니다
# shut, a third time
inactive-mailbox: 550 5.1.1 User suspended
inactive-mailbox: 550 The owner has closed this mailbox for the time being
inactive-mailbox: 550 Account on hold
inactive-mailbox: 550 Mailbox expired
inactive-mailbox: 550 This address is out of service
inactive-mailbox: 550 Customer's service was cut off
inactive-mailbox: 550 Benutzerkonto ist deaktiviert
inactive-mailbox: 550 Utente sospeso
inactive-mailbox: 550 Пользователь заблокирован
# full, a third time
mailbox-full: 552 No room left in anna's mailbox
mailbox-full: 552 the box of this user cannot hold more
mailbox-full: 552 Mail storage for the account has run out
mailbox-full: 552 Disk quota of the user is reached
mailbox-full: 452 inbox at its limit
mailbox-full: 552 account anna@r.example is above its quota
mailbox-full: 552 Kontingent des Postfachs erschöpft
mailbox-full: 552 Espacio en disco agotado para este usuario
mailbox-full: 552 Cuota de usuario superada
mailbox-full: 552 用户邮箱已满
# too big, a third time
too-big: 552 Oversized message
too-big: 552 mail body exceeds what we accept
too-big: 552 Message heavier than the limit
too-big: 552 Bericht is te groot
too-big: 552 Wiadomość jest za duża
# this side, a third time
reputation|policy: 554 refused: your IP appears on a list of spammers
reputation|policy: 554 bad neighbourhood: 192.0.2.0/24
reputation|policy: 421 Your IP was blocked by our firewall
reputation|policy: 550 We saw attacks from 192.0.2.1
reputation|policy: 554 L'adresse 192.0.2.1 est bannie
# loops, a third time
system|network: 554 5.4.6 This mail keeps coming back to us
system|network: 554 Mail loop
system|network: 554 Hop limit passed
# sender, a third time
policy|authentication: 553 We cannot find the domain you send from
policy|authentication: 550 sam@s.example is no valid sender
policy|authentication: 501 s.example: sender's domain missing in DNS
policy|authentication: 550 The From address is made up
policy|authentication: 550 Dominio del remitente no existe
# connections, a third time
network: 450 No connection to mx.r.example after 3 tries
network: 450 mx.r.example refused us
network: 450 Host is dead
network: 450 La connexion a échoué
network: 450 Połączenie nie powiodło się
# expired, a third time
expired: 550 Too many attempts, message returned
expired: 550 Time to deliver this message has run out
expired: 550 Message undeliverable since four days
# policy, a third time
policy: 550 Sending to this recipient is forbidden to you
policy: 550 The receiving organisation turns away such mail
policy: 550 This list is closed to outsiders
policy: 550 Not allowed by administrator
policy: 550 Empfang von externen Absendern nicht gestattet
policy: 554 5.2.3 refused by content policy of this mailbox
# put off, a third time
policy|rate-limited: 451 Please wait five minutes and send again
policy|rate-limited: 450 unseen sender, deferred
rate-limited: 421 Connection rate too high
rate-limited: 452 quota of messages per hour is used up
rate-limited: 450 Zu schnell, bitte langsamer
# others, a third time
relaying-denied: 550 not our domain
relaying-denied: 550 We only take mail for local domains
virus: 554 Attachment carries a trojan
content: 554 Contents judged to be advertising
authentication: 550 DKIM signature broken
authentication: 550 No PTR for your address
system: 451 Sorry, internal trouble
system: 451 We ran out of memory
protocol: 503 Commands in wrong order
unknown-host: 550 The domain of this address is not registered
`;

/** Words that sound as if nobody were there and are about something else: none of them may suppress. */
export const DOUBTFUL_REPLIES = `
550 User anna has not been found to be a member of this list
550 The sender's account does not exist
550 Your user account was not found, log in first
550 No account for 192.0.2.1 found in our customer table
550 User profile could not be found: temporary directory failure
550 Mailbox could not be located, please try again later
550 The address 192.0.2.1 is not registered with us
550 Your address is not listed as a permitted sender
550 Recipient address was not found in the list of addresses you may write to
550 Users are not permitted to receive mail from outside
550 User is not known to accept mail from strangers
550 The recipient has not been found to consent to your mail
550 No user may receive messages of this kind here
550 account 'anna' is not registered for external mail
550 The client address could not be recognised
550 No mailbox can be found at the moment because of maintenance
550 recipient not located: LDAP server down
550 user database could not be found
550 The user's filter was not found to match
550 Customer not found paying, mail stopped
550 This address is not valid as a sender
550 Address s.example not found
550 The host name in your greeting is not known
550 No such account for authenticated submission
550 mailbox is not defined to get attachments
550 The certificate of this user was not found
550 The subscriber was not located in the allowed region
550 User anna cannot be found while the system is being upgraded
550 Aucune adresse autorisée pour votre serveur
550 Kein Konto für Ihren Server gefunden
550 Es gibt keine Adresse zu Ihrer IP
550 Adresse des Absenders nicht gefunden
550 El usuario no está autorizado
550 Utente non abilitato alla ricezione da esterni
550 Адрес вашего сервера не найден
550 您的地址不存在
550 Adres serwera nie jest znany
550 No quota left for this user
550 local-part contains characters that are not valid
550 Message address list not valid
550 Header address is not valid
550 The Reply-To address does not exist
550 Return path user does not exist
550 an address in the message body was not found
550 Recipient's server was not found to support TLS
550 User preferences not found for anna, message held
550 We do not know the user agent you are using
550 The mailbox could not be found because the disk is being repaired
550 Recipient could not be located due to an internal fault
550 Account of the sender is unknown
550 No such user in the sender's domain
550 Unknown user or bad password
550 User not known to be subscribed
550 Users of your network are not known here
550 user not found in allowed senders
550 Invalid address in From header
550 Address of client unknown
550 mailbox does not exist in the cluster at this time
550 recipient lookup could not be completed
550 The domain's user list was not found
550 The mailbox is not registered to get newsletters
550 address not valid for EHLO
550 no account is registered for this IP
550 unknown account for smarthost login
550 This address does not have a PTR
550 Invalid mailbox in MAIL FROM
550 Unbekannter Absender
550 Konto für die Anmeldung unbekannt
550 Adresse IP inconnue
550 Usuario o contraseña inválidos
550 Indirizzo IP non trovato
550 Użytkownik lub hasło nieprawidłowe
550 Неизвестный адрес отправителя
550 发件人地址不存在
550 送信者アドレスが存在しません
550 Ungültige IP-Adresse
550 Onbekend IP-adres
550 alias loop: user not found twice
550 This user does not exist in our whitelist
550 User anna has not been found in the greylist yet
550 Server not found for the user
550 The virus scanner's user was not found
550 Recipient not found worthy
550 Mailbox quota file not found
550 user's home directory not found
550 You are not in the list of users allowed to send to this group
550 Your address is not in our customer list
550 sender is not a known user here
550 The sending account has no mailbox
550 no such user for SMTP AUTH
550 your account has no mailbox
550 bad user agent
550 No such entry in our whitelist
550 You have no account here, please register
550 User not in the allowed list
550 not in valid recipients list of this key
550 too many unknown users from your host
550 excessive invalid recipients, connection closed
550 mail from you is not in the list of recipients' contacts
550 The client has no mail account on this server
550 Your server is not a known customer
550 this message is not a valid user request
550 not an active address for replies
550 recipient not in your address book
550 user unknown to the policy service
550 No such customer key for relay
550 Bad user name or password
550 bad user credentials
550 invalid mailbox path in Reply-To
550 FROM user not found
550 Gönderen adresi bulunamadı
550 Lähettäjän osoite on tuntematon
550 A feladó címe nem létezik
550 Адреса відправника не існує
550 no existe la cuenta del remitente
550 Sunucu adresi bulunamadı
550 Adresa IP ne postoji
550 NO_SUCH_SENDER
550 SENDER_ADDRESS_NOT_FOUND
550 the list owner has no mailbox for bounces
550 person who has no account may not post
550 user has no mailbox space
550 customer has no address on file, mail refused
550 No such ID: message-id required
550 mailbox unavailable or quota exceeded
550 User unknown or not permitted
550 unknown user or over quota
550 recipient unknown or sender blocked
550 Bad recipient count
550 error: no valid recipients from 192.0.2.1
550 user is not a registered gateway user
550 selector1 wasn't found at shop.example
`;
