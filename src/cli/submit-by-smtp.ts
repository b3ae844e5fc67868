/**
 * Hands a test message to a submission listener as an application would: TLS, login, one transaction. The
 * certificate is checked unless the listener is on the loopback interface, where the one that relayd makes for
 * itself cannot be known.
 */
import { createTransport } from 'nodemailer';
import { CliFailure } from './program/cli-failure.ts';
import type { SubmitReply, TestSubmission } from './program/services.ts';
import { reachableHost } from '../platform/network/host-port.ts';
import { isLoopback } from '../platform/network/ip-address.ts';
import { errorWords } from '../platform/tls-error.ts';

const TIMEOUT_MS = 30_000;

/** Rejects with CliFailure: `refused` with the server's reply, or `connection`. */
export async function submitBySmtp(submission: TestSubmission): Promise<SubmitReply> {
  const { listener, serverName, username, password, from, to, subject, text } = submission;
  const host = reachableHost(listener.host);
  const local = host === 'localhost' || isLoopback(host);
  const transport = createTransport({
    host,
    port: listener.port,
    secure: listener.tls === 'implicit',
    requireTLS: true,
    auth: { user: username, pass: password },
    tls: { rejectUnauthorized: !local, servername: serverName },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  try {
    const info = await transport.sendMail({
      from,
      to: [...to],
      envelope: { from, to: [...to] },
      subject,
      text,
      xMailer: false,
    });
    const refused = (info.rejectedErrors ?? []).map((error) => ({
      recipient: error.recipient ?? '',
      reply: error.response ?? error.message,
    }));
    return { reply: info.response, refused };
  } catch (error) {
    throw submitFailure(error, `${host}:${listener.port}`);
  } finally {
    transport.close();
  }
}

function submitFailure(error: unknown, where: string): CliFailure {
  const message = errorWords(error);
  const response = error instanceof Error && 'response' in error ? error.response : undefined;
  if (typeof response === 'string')
    return new CliFailure('refused', `the relay refused the message: ${response}`);
  const hint = /certificate|self.signed|altname/i.test(message)
    ? 'the certificate has to name the hostname of the configuration (tls.cert, hostname)'
    : 'see whether it listens: relayctl status';
  return new CliFailure('connection', `cannot hand the message to ${where}: ${message}`, { hint });
}
