/**
 * What docs/applications tells its readers to paste, pasted: each program runs with exactly the settings of its page,
 * verifies the certificate, and its mail is delivered, signed. Then with a wrong password, a sender whose domain is not
 * verified and a certificate that is not trusted: the program's own words are those of the page.
 */
import { createServer } from 'node:net';
import path from 'node:path';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSelfSignedCertificate } from '../../src/smtp/server/self-signed-certificate.ts';
import { certificateOf } from '../e2e/support/own-certificate.ts';
import { verdicts } from '../e2e/support/received-mail.ts';
import { SmtpTalk, type Login } from '../e2e/support/smtp-talk.ts';
import { Stage, verifyDomain } from '../e2e/support/stage.ts';
import { eventually } from '../support/eventually.ts';
import { ApplicationPage, asTyped, SHOWN, type Reader } from './support/application-page.ts';
import { APPLICATIONS, type Application } from './support/applications.ts';
import { missing, Unpacked } from './support/unpacked.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TRUSTED = '/etc/ssl/certs/ca-certificates.crt';

let stage: Stage;
/** That of somebody else. */
let otherCertificate: string;
beforeAll(async () => {
  otherCertificate = (await makeSelfSignedCertificate('other.example')).cert;
  stage = await Stage.start({
    config: { hostname: SHOWN.host },
    zone: {
      'example.com': { mx: [{ preference: 10, exchange: 'mx.example.com' }] },
      'mx.example.com': { a: ['127.0.0.1'] },
    },
  });
  await verifyDomain(stage.relay, stage.dns, SHOWN.domain);
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const ENVIRONMENT = {
  LC_ALL: 'C.UTF-8',
  LANG: 'C.UTF-8',
  HOME: '/var/tmp',
  PROGRAMS: path.join(import.meta.dirname, 'programs'),
  NODE: process.execPath,
  NODE_MODULES: path.join(ROOT, 'node_modules'),
  SSL_CERT_FILE: TRUSTED,
  NODE_EXTRA_CA_CERTS: TRUSTED,
  GOCACHE: '/tmp/postern-go-cache',
  GOPATH: '/var/tmp/gopath',
  GOPROXY: 'off',
};

/** The program with the files of its page, run to its end; a server goes on until it is disposed of. */
class Pasted implements Disposable {
  readonly #unpacked: Unpacked;
  readonly #application: Application;
  readonly #env: Readonly<Record<string, string>>;
  #output = '';

  constructor(application: Application, reader: Reader, trusted = certificateOf(stage)) {
    this.#application = application;
    this.#unpacked = new Unpacked(application.client, application.users ?? []);
    this.#env = { ...ENVIRONMENT, RECIPIENT: reader.recipient };
    const names = `localhost satellite.localdomain satellite ${SHOWN.host}`;
    this.#unpacked.write('/etc/hosts', `127.0.0.1 ${names}\n`);
    this.#unpacked.write(TRUSTED, trusted);
    for (const [file, content] of Object.entries(application.files ?? {}))
      this.#unpacked.write(file, content);
    for (const { file, content } of new ApplicationPage(application.page).blocks) {
      const changed = application.change?.(content, file) ?? content;
      const target = file.startsWith('/') ? file : path.join('/var/tmp', file);
      this.#unpacked.write(target, asTyped(changed, reader));
    }
  }

  async run(): Promise<void> {
    const { daemon, ready, script, input = '' } = this.#application;
    const env = { ...this.#env, FREE_PORT: String(await freePort()) };
    if (daemon !== undefined) {
      this.#unpacked.start(`${exportsOf(env)}${daemon}`);
      await eventually(() => ready === undefined || this.#unpacked.has(ready), { timeoutMs: 20_000 });
    }
    if (script === undefined) return;
    const { stdout, stderr } = await this.#unpacked.run(['sh', '-c', script], { env, input });
    this.#output = stdout + stderr;
  }

  /** The program's output and log. */
  output(): string {
    return this.#output + this.#unpacked.logs();
  }

  [Symbol.dispose](): void {
    this.#unpacked[Symbol.dispose]();
  }
}

function exportsOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value}'; `)
    .join('');
}

async function reports(pasted: Pasted, message: string): Promise<void> {
  await eventually(() => pasted.output().includes(message), { timeoutMs: 20_000 }).catch((error: unknown) => {
    throw new Error(`not "${message}" but: ${pasted.output()}`, { cause: error });
  });
}

/** Free a moment ago, for a program that does not say which one the system chose. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe.each(APPLICATIONS)('$page', (application) => {
  const { page, client } = application;
  const why = missing(client);
  const because = why === undefined ? '' : ` (${why})`;
  let login: Login;

  const readerWith = (changes: Partial<Reader>): Reader => ({
    port: stage.relay.port,
    tlsPort: stage.relay.tlsPort,
    username: login.username,
    password: login.password,
    recipient: `${page}@example.com`,
    ...changes,
  });

  it.skipIf(why !== undefined)(`delivers with the settings of its page${because}`, async () => {
    login = await stage.relay.ctl<Login>('credential', 'add', '--kind', 'smtp', '--name', page);
    using pasted = new Pasted(application, readerWith({}));
    await pasted.run();
    const { content, reversePath } = await stage.received(`${page}@example.com`).catch((error: unknown) => {
      throw new Error(pasted.output(), { cause: error });
    });
    const { from, subject } = await simpleParser(content);
    expect(reversePath.split('@')[1]).toBe(SHOWN.domain);
    expect(from?.value.map(({ address }) => address?.split('@')[1])).toEqual([SHOWN.domain]);
    expect(subject).toMatch(application.subject ?? /^Test$/);
    for (const { result } of await verdicts(content, stage.dns.zone)) expect(result).toBe('pass');
  });

  const refusals = [
    { what: 'a sender whose domain is not verified', code: '550', changes: { domain: 'other.example' } },
    { what: 'a wrong password', code: '535', changes: { password: 'wrong' } },
  ];
  it.skipIf(why !== undefined).each(refusals)(
    `reports $what in the words of its page${because}`,
    async ({ code, changes }) => {
      using pasted = new Pasted(application, readerWith({ ...changes, recipient: 'nobody@example.com' }));
      await pasted.run();
      await reports(pasted, new ApplicationPage(page).messageFor(code));
    },
  );

  const untrusted = new ApplicationPage(page).messageForCertificate;
  it.skipIf(why !== undefined || untrusted === undefined || application.verifies === false)(
    `reports a certificate that is not trusted in the words of its page${because}`,
    async () => {
      const reader = readerWith({ recipient: 'nobody@example.com' });
      using pasted = new Pasted(application, reader, otherCertificate);
      await pasted.run();
      await reports(pasted, untrusted ?? '');
    },
  );
});

describe('printers', () => {
  it('may send without login and TLS with the command of their page, as nobody else', async () => {
    const page = new ApplicationPage('printers');
    const [, ...command] = page.example('sh').trim().split(' ');
    // This machine in place of the page's network.
    await stage.relay.ctl(...command.map((word) => word.replace('10.1.2.0/24', '127.0.0.1')));
    const talk = await SmtpTalk.connect({ port: stage.relay.port });
    await talk.ehlo();
    const scan = (from: string) => `From: ${from}\r\nSubject: Scan\r\n\r\nA page.\r\n`;
    const envelope = { from: 'scan@example.org', to: 'printer@example.com' };
    await talk.submitForId({ ...envelope, content: scan('scan@example.org') });
    await stage.received(envelope.to);
    const refused = await talk.submit({ ...envelope, content: scan('boss@example.org') });
    expect(refused.text).toContain(page.messageFor('550'));
    await talk.quit();
  });
});
