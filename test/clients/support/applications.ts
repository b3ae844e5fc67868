/** The programs whose pages in docs/applications are tried, and how each is run there with the files of its page. */
import { POSTFIX_SERVICES } from './postfix-services.ts';
import type { User } from './unpacked.ts';

export interface Application {
  /** docs/applications/PAGE.md, whose blocks that name a file are laid where they belong, relative ones into /var/tmp. */
  readonly page: string;
  /** A line of clients.txt. */
  readonly client: string;
  readonly users?: readonly User[];
  /** A change that the test cannot do without, such as a time of the day. */
  readonly change?: (content: string, file: string) => string;
  /** What the program's package would have laid there. */
  readonly files?: Readonly<Record<string, string>>;
  /** Goes on until the end. */
  readonly daemon?: string;
  /** There once the daemon takes mail. */
  readonly ready?: string;
  /** Of sh; `$RECIPIENT` is who gets it. */
  readonly script?: string;
  readonly input?: string;
  /** false: Debian's release of it takes any certificate. */
  readonly verifies?: false;
  /** Default: `Test`. */
  readonly subject?: RegExp;
}

/** As a local program hands it over: no From. */
const NOTE = 'Subject: Test\n\nIt works.\n';
/** Debian names it by its release. */
const PHP = 'php=$(ls /usr/bin/php[0-9]* | head -1); $php';
const TRUST = `keytool -importcert -noprompt -alias relay -file /etc/ssl/certs/ca-certificates.crt \
  -keystore /var/tmp/trusted -storepass changeit 2>/dev/null`;

export const APPLICATIONS: readonly Application[] = [
  { page: 'msmtp', client: 'msmtp', script: 'msmtp -i "$RECIPIENT"', input: NOTE },
  {
    page: 'dma',
    client: 'dma',
    // It logs to syslog alone, which is one of the test's here.
    script: `mkdir -p /run/dev /var/spool/dma; chown root:mail /var/spool/dma; chmod 2775 /var/spool/dma
      cp -a /dev/null /dev/zero /dev/random /dev/urandom /run/dev; mount --bind /run/dev /dev
      /usr/bin/python3 "$PROGRAMS/syslog.py" /run/output & while [ ! -S /dev/log ]; do sleep 0.05; done
      dma -D -i "$RECIPIENT"; dma -D -q`,
    input: NOTE,
  },
  {
    page: 'nullmailer',
    client: 'nullmailer',
    daemon: `mkdir -p /var/spool/nullmailer/queue /var/spool/nullmailer/tmp /var/spool/nullmailer/failed
      rm -f /var/spool/nullmailer/trigger; mkfifo -m 622 /var/spool/nullmailer/trigger
      chown -R mail:mail /var/spool/nullmailer; touch /run/ready; exec nullmailer-send`,
    ready: '/run/ready',
    script: 'nullmailer-inject "$RECIPIENT"',
    input: NOTE,
  },
  {
    page: 'exim',
    client: 'exim',
    users: [{ name: 'Debian-exim', id: 61_001 }],
    script: `mkdir -p /var/spool/exim4 /var/log/exim4; chown -R Debian-exim /var/spool/exim4 /var/log
      exim4 -odf -i "$RECIPIENT"; cat /var/log/exim4/*`,
    input: NOTE,
  },
  {
    page: 'postfix',
    client: 'postfix',
    users: [
      { name: 'postfix', id: 61_001 },
      { name: 'postdrop', id: 61_002 },
    ],
    // The relay's name is in /etc/hosts here, not in DNS, and there is no system log.
    change: (content, file) =>
      file.endsWith('main.cf')
        ? `${content}smtp_host_lookup = native
compatibility_level = 3.6
maillog_file = /var/log/postfix.log
`
        : content,
    files: { '/etc/postfix/master.cf': POSTFIX_SERVICES },
    daemon: 'mkdir -p /var/lib/postfix; chown postfix /var/lib/postfix; exec postfix start-fg',
    ready: '/var/spool/postfix/pid/master.pid',
    script: 'sendmail -i "$RECIPIENT"',
    input: NOTE,
  },
  {
    page: 'cron',
    client: 'cron',
    change: (content) => content.replace('@daily', '@reboot'),
    daemon: 'chmod 644 /etc/cron.d/*; mkdir -p /var/spool/cron/crontabs; exec cron -f -L 15',
    subject: /^Cron <root@/,
  },
  { page: 'python', client: 'msmtp', script: '/usr/bin/python3 /var/tmp/send.py' },
  {
    page: 'django',
    client: 'django',
    script:
      'cd /var/tmp; DJANGO_SETTINGS_MODULE=settings PYTHONPATH=/var/tmp /usr/bin/python3 -m django sendtestemail "$RECIPIENT"',
    verifies: false,
    subject: /^Test email from /,
  },
  {
    page: 'nodemailer',
    client: 'msmtp',
    script: 'ln -s "$NODE_MODULES" /var/tmp/node_modules; "$NODE" /var/tmp/send.mjs',
  },
  { page: 'php', client: 'phpmailer', script: `${PHP} /var/tmp/send.php` },
  { page: 'wordpress', client: 'wordpress', script: `${PHP} "$PROGRAMS/wordpress.php"` },
  { page: 'symfony', client: 'symfony', script: `${PHP} -d extension=mbstring "$PROGRAMS/symfony.php"` },
  { page: 'rails', client: 'rails', script: 'ruby "$PROGRAMS/rails.rb"' },
  {
    page: 'java',
    client: 'jakarta',
    script: `${TRUST}; java -Djavax.net.ssl.trustStore=/var/tmp/trusted -Djavax.net.ssl.trustStorePassword=changeit \
      -cp /usr/share/java/jakarta-mail.jar:/usr/share/java/jakarta-activation.jar /var/tmp/Send.java`,
  },
  {
    page: 'alertmanager',
    client: 'alertmanager',
    change: (content) => content.replace('group_wait: 30s', 'group_wait: 0s'),
    daemon: `prometheus-alertmanager --config.file=/etc/prometheus/alertmanager.yml --storage.path=/var/tmp \
      --cluster.listen-address= --web.listen-address=127.0.0.1:$FREE_PORT 2>&1 |
      while read -r line; do echo "$line"; case $line in *'Listening on'*) touch /var/tmp/listens ;; esac; done`,
    ready: '/var/tmp/listens',
    script: '"$NODE" "$PROGRAMS/alert.mjs"',
    subject: /Full/,
  },
  { page: 'go', client: 'go', script: 'cd /var/tmp; go run send.go' },
];
