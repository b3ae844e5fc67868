/**
 * The examples that people copy: curl, Python and Node.js, by HTTP and by SMTP, as they are printed in guides. Nothing of
 * them is changed but the host, the port and the key.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curl, findProgram, python, run } from './support/programs.ts';
import { Stage, verifyDomain } from './support/stage.ts';

const CURL = `
curl -X POST https://api.example/v1/send \\
  -H "Authorization: Bearer $API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "from": "noreply@yourapp.com",
    "to": "user@example.com",
    "subject": "Reset your password",
    "text": "Click to reset: https://yourapp.com/reset?token=abc123"
  }'
`;

const PYTHON_REQUESTS = `
import requests

resp = requests.post(
    "https://api.example/v1/send",
    headers={"Authorization": f"Bearer {API_KEY}"},
    json={
        "from": "noreply@yourapp.com",
        "to": "user@example.com",
        "subject": "Reset your password",
        "text": "Click to reset: https://yourapp.com/reset?token=abc123",
    },
)
resp.raise_for_status()
message_id = resp.json()["id"]
`;

const PYTHON_URLLIB = `
import json
import urllib.request

request = urllib.request.Request(
    "https://api.example/v1/send",
    headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    data=json.dumps({
        "from": "noreply@yourapp.com",
        "to": "user@example.com",
        "subject": "Reset your password",
        "text": "Click to reset: https://yourapp.com/reset?token=abc123",
    }).encode(),
)
with urllib.request.urlopen(request) as response:
    message_id = json.load(response)["id"]
`;

const NODE_FETCH = `
const response = await fetch("https://api.example/v1/send", {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${process.env.API_KEY}\`,
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    from: "noreply@yourapp.com",
    to: "user@example.com",
    subject: "Reset your password",
    text: "Click to reset: https://yourapp.com/reset?token=abc123",
  }),
});
const { id } = await response.json();
`;

const PYTHON_SMTPLIB = `
import smtplib
from email.message import EmailMessage

msg = EmailMessage()
msg["From"] = "noreply@yourapp.com"
msg["To"] = "user@example.com"
msg["Subject"] = "Reset your password"
msg.set_content("Click the link to reset your password: https://yourapp.com/reset?token=abc123")

# Connect over the submission port with STARTTLS
with smtplib.SMTP("smtp.example", 587) as server:
    server.starttls()
    server.login("smtp_username", "smtp_password")
    server.send_message(msg)
`;

const NODEMAILER = `
import nodemailer from "nodemailer";

const transporter = nodemailer.createTransport({
  host: "smtp.example",
  port: 587,
  secure: false, // STARTTLS upgrades the connection
  auth: {
    user: "smtp_username",
    pass: "smtp_password",
  },
});

await transporter.sendMail({
  from: "noreply@yourapp.com",
  to: "user@example.com",
  subject: "Reset your password",
  text: "Click to reset: https://yourapp.com/reset?token=abc123",
});
`;

const requests = findProgram(['python3', '/usr/bin/python3'], ['-c', 'import requests']);

let stage: Stage;
let key: string;

beforeAll(async () => {
  stage = await Stage.start({
    config: { http: { listen: ['127.0.0.1:0'] } },
    zone: {
      'example.com': { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] },
    },
  });
  await verifyDomain(stage.relay, stage.dns, 'yourapp.com');
  const added = await stage.relay.ctl<{ key: string }>('credential', 'add', '--kind', 'api', '--name', 'app');
  ({ key } = added);
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const byHttp = (example: string) => example.replaceAll('https://api.example', stage.relay.httpUrl);
const bySmtp = (example: string, user: string, password: string) =>
  example
    .replace('smtp.example', '127.0.0.1')
    .replace('587', String(stage.relay.port))
    .replace('smtp_username', user)
    .replace('smtp_password', password);

/** The program ended well, and one more message has arrived: exactly the one that the example sends. */
async function expectOneMore(work: () => Promise<void>): Promise<void> {
  const before = stage.mx.messages.length;
  await work();
  await expect.poll(() => stage.mx.messages.length, { timeout: 20_000 }).toBe(before + 1);
  const received = stage.mx.messages.at(-1);
  expect(received?.recipients.map(({ address }) => address)).toEqual(['user@example.com']);
  const content = received?.content.toString('latin1') ?? '';
  expect(content).toMatch(/^From: noreply@yourapp\.com\r$/m);
  expect(content).toMatch(/^Subject: Reset your password\r$/m);
  expect(content).toMatch(/^Click (?:the link )?to reset.*: https:\/\/yourapp\.com\/reset\?token=abc123\r$/m);
  expect(content).toMatch(/^DKIM-Signature: /m);
}

const ran = async (program: string, args: readonly string[], input: string, env = {}) => {
  const { code, stdout, stderr } = await run(program, args, { input, env });
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  return stdout;
};

describe('by HTTP', () => {
  it.skipIf(curl === undefined)('curl sends, and prints the answer', async () => {
    await expectOneMore(async () => {
      const { stdout, code } = await run('sh', ['-s'], { input: byHttp(CURL), env: { API_KEY: key } });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        id: expect.stringMatching(/^msg_[0-9a-z]{26}$/) as string,
        status: 'queued',
        to: 'user@example.com',
      });
    });
  });

  it.skipIf(requests === undefined)('Python with requests sends, and reads the id', async () => {
    await expectOneMore(async () => {
      const script = `API_KEY = "${key}"\n${byHttp(PYTHON_REQUESTS)}\nprint(message_id)\n`;
      expect(await ran(requests ?? '', ['-'], script)).toMatch(/^msg_[0-9a-z]{26}\n$/);
    });
  });

  it.skipIf(python === undefined)('Python with its own urllib sends, and reads the id', async () => {
    await expectOneMore(async () => {
      const script = `API_KEY = "${key}"\n${byHttp(PYTHON_URLLIB)}\nprint(message_id)\n`;
      expect(await ran(python ?? '', ['-'], script)).toMatch(/^msg_[0-9a-z]{26}\n$/);
    });
  });

  it('Node.js with fetch sends, and reads the id', async () => {
    await expectOneMore(async () => {
      const script = `${byHttp(NODE_FETCH)}\nconsole.log(id);\n`;
      const out = await ran(process.execPath, ['--input-type=module', '-'], script, { API_KEY: key });
      expect(out).toMatch(/^msg_[0-9a-z]{26}\n$/);
    });
  });
});

describe.each([
  ['an SMTP credential', () => [stage.login.username, stage.login.password] as const],
  ['an API key', () => ['api', key] as const],
])('by SMTP with %s', (_what, login) => {
  it.skipIf(python === undefined)('Python’s smtplib sends', async () => {
    await expectOneMore(async () => {
      await ran(python ?? '', ['-'], bySmtp(PYTHON_SMTPLIB, ...login()));
    });
  });

  it('Nodemailer sends', async () => {
    await expectOneMore(async () => {
      // The certificate of a first start is signed by nobody.
      const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
      await ran(process.execPath, ['--input-type=module', '-'], bySmtp(NODEMAILER, ...login()), env);
    });
  });
});
