/**
 * The configured ways to the operator: mail, a webhook, a program. Each takes a notice and returns the result, without
 * secrets. None of them raises a check, so that no notice is about a notice.
 */
import type { OperatorConfig } from '../../config/config.ts';
import { visibleJson } from '../../platform/visible-text.ts';
import { runProgram } from '../../platform/run-program.ts';
import type { KeyedHash } from '../../platform/keyed-hash.ts';
import { operatorWebhookKeys } from '../../webhook/operator-key.ts';
import { createSender, type SenderOptions } from '../../webhook/sender.ts';
import { judge } from '../../webhook/response.ts';
import { signatureHeaders } from '../../webhook/signature.ts';
import { noticeJson, noticeSubject, noticeText, type Notice } from './notice.ts';
import type { OperatorMailContext } from './operator-mail.ts';

export const WAYS = ['mail', 'webhook', 'command'] as const;
export type WayName = (typeof WAYS)[number];

export interface WayOutcome {
  readonly ok: boolean;
  /** `queued as msg_...`, `answered 204`, `exit code 1`. */
  readonly outcome: string;
  /** What the receiver or the program said, cut; `undefined`: nothing. */
  readonly output?: string | undefined;
}

export interface WayContext extends OperatorMailContext {
  readonly box: Pick<KeyedHash, 'hmacs'>;
  readonly sender: Pick<SenderOptions, 'guard' | 'version' | 'ca'>;
}

export const COMMAND_TIMEOUT_MS = 30_000;
const OUTPUT_BYTES = 1_024;

/** Those that are configured, in the order of {@link WAYS}. */
export function waysOf({ mail, webhook, command }: OperatorConfig): readonly WayName[] {
  const named = { mail, webhook, command };
  return WAYS.filter((way) => named[way] !== undefined);
}

/** Where a way leads, without what may be a secret of the receiver. */
export function wayTarget(way: WayName, { mail = '', webhook = '', command = [] }: OperatorConfig): string {
  switch (way) {
    case 'mail':
      return mail;
    case 'webhook':
      return URL.canParse(webhook) ? new URL(webhook).origin : webhook;
    case 'command':
      return command[0] ?? '';
  }
}

/** Never rejects. `signal`: relayd stops. */
export async function sendNotice(
  way: WayName,
  notice: Notice,
  context: WayContext,
  signal: AbortSignal,
): Promise<WayOutcome> {
  try {
    switch (way) {
      case 'mail': {
        // The composer of mail is loaded when it is needed.
        const { spoolOperatorMail } = await import('./operator-mail.ts');
        const mail = { subject: noticeSubject(notice), text: noticeText(notice), html: undefined };
        return { ok: true, outcome: `queued as ${await spoolOperatorMail(mail, context)}` };
      }
      case 'webhook':
        return await post(notice, context, signal);
      case 'command':
        return await run(notice, context, signal);
    }
  } catch (error) {
    return { ok: false, outcome: error instanceof Error ? error.message : String(error) };
  }
}

async function post(notice: Notice, context: WayContext, signal: AbortSignal): Promise<WayOutcome> {
  const { config, box, clock, sender: how } = context;
  const url = config.operator.webhook ?? '';
  const body = visibleJson(noticeJson(notice));
  const keys = operatorWebhookKeys(url, box);
  const headers = { ...signatureHeaders({ id: notice.id, atMs: clock.now(), body, keys }) };
  const sender = createSender({ ...how, clock, connections: 1 });
  const stop = () => sender.close();
  signal.addEventListener('abort', stop);
  try {
    const answer = await sender.send({ url, headers, body });
    const verdict = judge(answer, clock.now());
    const output = answer.kind === 'answered' ? answer.excerpt : undefined;
    if (verdict.kind !== 'delivered') return { ok: false, outcome: verdict.error, output };
    return { ok: true, outcome: answer.kind === 'answered' ? `answered ${answer.statusCode}` : '', output };
  } finally {
    signal.removeEventListener('abort', stop);
    sender.close();
  }
}

async function run(notice: Notice, { config, clock }: WayContext, signal: AbortSignal): Promise<WayOutcome> {
  const { ok, outcome, output } = await runProgram(
    {
      command: config.operator.command ?? [],
      input: `${visibleJson(noticeJson(notice))}\n`,
      timeoutMs: COMMAND_TIMEOUT_MS,
      outputBytes: OUTPUT_BYTES,
    },
    clock,
    signal,
  );
  return { ok, outcome, output: output === '' ? undefined : output };
}
