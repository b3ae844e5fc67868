/** `relayctl operator show`: who hears of failed checks, and the secret that signs requests to the webhook. */
import { visible } from '../../platform/visible-text.ts';
import { operatorWebhookKey } from '../../webhook/operator-key.ts';
import { webhookSecret } from '../../webhook/signature.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';

export const operatorShow: CommandSpec = {
  path: 'operator show',
  summary: 'Show who hears of failed checks, and the secret of the webhook',
  options: [{ flags: '--secret', meaning: 'the secret of operator.webhook, and nothing else' }],
  details:
    'Requests to operator.webhook are signed as those to other webhooks (Standard Webhooks). The secret is made from the ' +
    'master key and the address: it changes when the address does.',
  examples: [
    { type: 'operator show', does: 'who is told, and how' },
    { type: 'operator show --secret', does: 'what the receiver needs to check signatures' },
  ],
  run: show,
};

async function show(context: CommandContext, { options }: CommandInput): Promise<void> {
  const { services, config, global } = context;
  const { mail, from, webhook, command, summaryMinute } = config.operator;
  if (options.flag('secret')) {
    if (webhook === undefined)
      throw new CliFailure('not-configured', 'operator.webhook is not set, so there is no secret', {
        hint: 'set it in the configuration',
      });
    const secret = webhookSecret(operatorWebhookKey(webhook, await services.openSecretBox(config)));
    if (global.json) context.printJson({ secret });
    else context.print(secret);
    return;
  }
  const origin = webhook === undefined ? undefined : new URL(webhook).origin;
  const summary = summaryMinute === undefined ? undefined : timeWords(summaryMinute);
  const sender = mail === undefined ? undefined : (from ?? `postmaster@${config.hostname}`);
  if (global.json) {
    context.printJson({
      mail: mail ?? null,
      from: sender ?? null,
      webhook: origin ?? null,
      command: command ?? null,
      summary: summary ?? null,
    });
    return;
  }
  const lines = [
    ['mail', mail === undefined ? undefined : `${mail}, from ${sender}`],
    ['webhook', origin],
    ['command', command?.join(' ')],
    ['summary', summary === undefined ? undefined : `daily at ${summary} UTC, by mail`],
  ] as const;
  for (const [name, value] of lines)
    context.print(`${`${name}:`.padEnd(9)} ${value === undefined ? 'none' : visible(value)}`);
}

function timeWords(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
