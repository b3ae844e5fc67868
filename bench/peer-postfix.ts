/**
 * Postfix with OpenDKIM as a target: Debian's packages on a temporary configuration and queue, tuned as someone
 * would who wants throughput (no delay on intake, process and destination concurrency raised, processes kept, the
 * signer over a local socket, no logging), one RSA-2048 signature, every queue file fsync'd as Postfix always does.
 * With `secure`: STARTTLS and AUTH PLAIN against a SASL database. Needs root, as Postfix does.
 */
import { execFileSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  freePort,
  greets,
  makeDkimKey,
  makePeerFolder,
  PEER_AUTH,
  PEER_FROM,
  PEER_TO,
  PeerMissing,
  SELECTOR,
  SENDER_DOMAIN,
  spawnPeer,
  stopPeer,
  untilReady,
  type PeerOptions,
} from './peer.ts';
import type { Target } from './target.ts';

const POSTFIX = '/usr/sbin/postfix';
const MASTER = '/usr/lib/postfix/sbin/master';
const OPENDKIM = '/usr/sbin/opendkim';
const SASLPASSWD = '/usr/sbin/saslpasswd2';

export async function startPostfixTarget(options: PeerOptions): Promise<Target> {
  mustBeInstalled(options.secure);
  const folder = makePeerFolder('postfix');
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children.reverse()) await stopPeer(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const dkim = makeDkimKey();
    const milter = path.join(folder, 'opendkim.sock');
    const signer = startSigner(folder, milter, dkim.privateKey);
    children.push(signer.child);
    await untilReady(signer.child, signer.logFile, () => Promise.resolve(statSync(milter)));
    const port = await freePort();
    writeConfiguration(folder, port, milter, options);
    const config = path.join(folder, 'etc');
    execFileSync(POSTFIX, ['-c', config, 'check'], { stdio: 'pipe' });
    const logFile = path.join(folder, 'master.log');
    const master = spawnPeer(MASTER, ['-c', config, '-d'], { logFile });
    children.push(master);
    await untilReady(master, logFile, () => greets(port));
    return {
      name: 'postfix',
      port,
      auth: options.secure ? PEER_AUTH : undefined,
      from: PEER_FROM,
      to: PEER_TO,
      dkimRecords: dkim.records,
      pids: () => children.map((child) => child.pid ?? -1),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function mustBeInstalled(secure: boolean): void {
  const needed = [POSTFIX, MASTER, OPENDKIM, ...(secure ? [SASLPASSWD] : [])];
  const missing = needed.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    throw new PeerMissing(
      `Postfix with OpenDKIM is not installed (no ${missing.join(', ')}). On Debian, as root:\n` +
        '  DEBIAN_FRONTEND=noninteractive apt-get install -y postfix opendkim sasl2-bin libsasl2-modules',
    );
  }
  if (process.getuid?.() !== 0) throw new PeerMissing('Postfix can only be started as root');
}

function startSigner(
  folder: string,
  socket: string,
  privateKey: string,
): { child: ChildProcess; logFile: string } {
  const keyFile = path.join(folder, 'dkim.pem');
  const config = path.join(folder, 'opendkim.conf');
  const logFile = path.join(folder, 'opendkim.log');
  writeFileSync(keyFile, privateKey, { mode: 0o600 });
  writeFileSync(
    config,
    [
      'Mode s',
      'Background no',
      'AutoRestart no',
      'Syslog no',
      `Socket local:${socket}`,
      'UMask 0',
      `Domain ${SENDER_DOMAIN}`,
      `Selector ${SELECTOR}`,
      `KeyFile ${keyFile}`,
      'RequireSafeKeys no',
      'Canonicalization relaxed/relaxed',
      'SignatureAlgorithm rsa-sha256',
      'OversignHeaders From',
      'InternalHosts 127.0.0.1',
      '',
    ].join('\n'),
  );
  return { child: spawnPeer(OPENDKIM, ['-f', '-x', config], { logFile }), logFile };
}

function writeConfiguration(folder: string, port: number, milter: string, options: PeerOptions): void {
  const at = (name: string) => path.join(folder, name);
  for (const name of ['etc', 'etc/sasl', 'queue', 'data']) mkdirSync(at(name));
  execFileSync('chown', ['postfix', at('data')]);
  writeFileSync(path.join(at('etc'), 'main.cf'), toMainCf({ ...mainSettings(folder, milter, options) }));
  writeFileSync(path.join(at('etc'), 'master.cf'), masterServices(port));
  if (options.secure) writeSecrets(folder, options);
}

function mainSettings(folder: string, milter: string, options: PeerOptions): Record<string, string> {
  return {
    compatibility_level: '3.6',
    queue_directory: path.join(folder, 'queue'),
    data_directory: path.join(folder, 'data'),
    daemon_directory: path.dirname(MASTER),
    command_directory: path.dirname(POSTFIX),
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    myhostname: 'postfix.bench.example',
    mydestination: '',
    local_recipient_maps: '',
    alias_maps: '',
    alias_database: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    relayhost: `[127.0.0.1]:${options.mxPort}`,
    smtp_dns_support_level: 'disabled',
    smtp_tls_security_level: 'none',
    // Intake: no delay to let delivery catch up, no look-ups and limits of clients.
    in_flow_delay: '0',
    smtpd_peername_lookup: 'no',
    smtpd_client_connection_count_limit: '0',
    // Processes are many and stay.
    default_process_limit: '500',
    max_use: '100000',
    max_idle: '3600s',
    // Delivery to the one next hop.
    default_destination_concurrency_limit: '200',
    smtp_destination_concurrency_limit: '200',
    initial_destination_concurrency: '100',
    qmgr_message_active_limit: '40000',
    smtp_connection_cache_on_demand: 'yes',
    // Nothing leaves unsigned.
    smtpd_milters: `unix:${milter}`,
    milter_default_action: 'tempfail',
    ...(options.secure
      ? {
          mynetworks: '127.0.0.2/32',
          smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
          smtpd_tls_security_level: 'encrypt',
          smtpd_tls_auth_only: 'yes',
          smtpd_tls_cert_file: path.join(folder, 'tls.pem'),
          smtpd_tls_key_file: path.join(folder, 'tls.pem'),
          smtpd_tls_eecdh_grade: 'auto',
          smtpd_sasl_auth_enable: 'yes',
          smtpd_sasl_type: 'cyrus',
        }
      : { mynetworks: '127.0.0.0/8', smtpd_relay_restrictions: 'permit_mynetworks, reject' }),
  };
}

function writeSecrets(folder: string, options: PeerOptions): void {
  const database = path.join(folder, 'sasldb2');
  const [user, realm] = PEER_AUTH.username.split('@');
  writeFileSync(path.join(folder, 'tls.pem'), `${options.tls.key}\n${options.tls.cert}`, { mode: 0o600 });
  writeFileSync(
    // Where Debian's Postfix looks, whatever cyrus_sasl_config_path says.
    path.join(folder, 'etc/sasl/smtpd.conf'),
    `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\nsasldb_path: ${database}\n`,
  );
  execFileSync(SASLPASSWD, ['-p', '-c', '-f', database, '-u', realm ?? '', user ?? ''], {
    input: PEER_AUTH.password,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  execFileSync('chown', ['postfix', database]);
}

function masterServices(port: number): string {
  // service, type, private, unprivileged, chroot, wake-up, process limit, command
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'proxymap unix - - n - - proxymap',
    'proxywrite unix - - n - 1 proxymap',
    'smtp unix - - n - - smtp',
    'relay unix - - n - - smtp',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    '',
  ].join('\n');
}

function toMainCf(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}
