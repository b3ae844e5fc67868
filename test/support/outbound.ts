/** Sessions and transactions of the SMTP client, as tests want them: everything defaulted, one thing said. */
import { createConnect, type ConnectOptions } from '../../src/smtp/client/client.ts';
import type {
  ConnectRequest,
  ConnectResult,
  OutboundTransaction,
  RecipientReply,
  ClientSession,
  TransactionResult,
} from '../../src/smtp/client/session.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { ForwardPath } from '../../src/smtp/envelope.ts';

/** A transaction to `recipients` (addresses, or forward-paths with DSN parameters). */
export function outbound(
  recipients: readonly (string | ForwardPath)[],
  given: Partial<Omit<OutboundTransaction, 'content' | 'forwardPaths'>> & {
    readonly content?: string | Uint8Array | OutboundTransaction['content'];
  } = {},
): OutboundTransaction {
  const { content = 'Subject: test\r\n\r\nHello\r\n', ...rest } = given;
  const octets =
    typeof content === 'string' ? Buffer.from(content) : content instanceof Uint8Array ? content : undefined;
  return {
    reversePath: 'sender@example.test',
    bodyType: '7bit',
    smtpUtf8: false,
    requireTls: false,
    dsnReturn: undefined,
    envelopeId: undefined,
    sizeBytes: octets?.length ?? 0,
    content: typeof content === 'function' ? content : () => (octets === undefined ? [] : [octets]),
    forwardPaths: recipients.map((recipient) =>
      typeof recipient === 'string'
        ? { recipient, notify: undefined, originalRecipient: undefined }
        : recipient,
    ),
    ...rest,
  };
}

/** A client for `mx` (host and port), named `relay.test`. */
export function clientFor(
  mx: { readonly host: string; readonly port: number },
  options: Partial<ConnectOptions> = {},
) {
  const connect = createConnect({ hostname: 'relay.test', clock: systemClock, log: silentLog, ...options });
  const remote = { host: 'mx.test', address: mx.host, port: mx.port };
  return (requireTls = false, signal?: AbortSignal) =>
    connect(remote, signal === undefined ? { requireTls } : { requireTls, signal });
}

/** The same with a request of its own: a smart host, a source. */
export function connectTo(
  mx: { readonly host: string; readonly port: number },
  request: Partial<ConnectRequest>,
  { host = 'mx.test', ...options }: Partial<ConnectOptions> & { readonly host?: string } = {},
): Promise<ConnectResult> {
  const connect = createConnect({ hostname: 'relay.test', clock: systemClock, log: silentLog, ...options });
  return connect({ host, address: mx.host, port: mx.port }, { requireTls: false, ...request });
}

/** The session of a result that has to be one. */
export function connected(result: ConnectResult): ClientSession {
  if (result.kind === 'failed') throw new Error(`no session: ${result.stage}: ${result.text}`);
  return result.session;
}

/** A connected session, or an error that says why there is none. */
export async function sessionFor(
  mx: { readonly host: string; readonly port: number },
  options: Partial<ConnectOptions> = {},
): Promise<ClientSession> {
  return connected(await clientFor(mx, options)());
}

/** The replies of a result that has to be `replied`. */
export function repliesOf(result: TransactionResult): readonly RecipientReply[] {
  if (result.kind !== 'replied') throw new Error(`not replied: ${JSON.stringify(result)}`);
  return result.replies;
}

/** A result that has to be `lost`. */
export function lossOf(result: TransactionResult): Extract<TransactionResult, { kind: 'lost' }> {
  if (result.kind !== 'lost') throw new Error(`not lost: ${JSON.stringify(result)}`);
  return result;
}
