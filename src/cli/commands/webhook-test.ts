/** `relayctl webhook test`: a signed test event, sent from here and now, and what came back. */
import { timestamp } from '../../shape/timestamp.ts';
import { testWebhook } from '../../webhook/webhook-admin.ts';
import { CliFailure } from '../cli-failure.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandInput, CommandSpec } from '../command-spec.ts';
import { visible } from '../../platform/visible-text.ts';
import { attemptWords } from '../webhook-view.ts';
import { findWebhook } from '../webhook-input.ts';

export const webhookTest: CommandSpec = {
  path: 'webhook test',
  summary: 'Send a signed test event and say what came back',
  arguments: '<id>',
  details:
    'The event is named test and is about no message. It is sent by relayctl itself, also while the webhook is paused, and is ' +
    'not repeated. Exit code 1 when the receiver does not answer 2xx.',
  examples: [
    { type: 'webhook test whk_01k9q3...', does: 'one POST' },
    { type: 'webhook test whk_01k9q3... --json', does: 'the same for a script' },
  ],
  run: sendTest,
};

async function sendTest(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = findWebhook(context, input.arguments[0] ?? '');
  const { services, config } = context;
  const attempt = await testWebhook(webhook, {
    guard: {
      resolver: services.createResolver(config),
      allowPrivateAddresses: config.webhooks.allowPrivateAddresses,
    },
    version: services.version,
    box: services.openSecretBox(config),
    clock: services.clock,
    random: services.random,
  });
  const { statusCode, error, excerpt, durationMs } = attempt;
  if (error !== undefined) {
    const said = excerpt === undefined ? '' : `, with: ${excerpt}`;
    throw new CliFailure('not-delivered', `${webhook.url}: ${error}${said}`);
  }
  if (context.global.json) {
    context.printJson({
      id: webhook.id,
      delivered: true,
      at: timestamp(attempt.atMs),
      status: statusCode ?? null,
      response: excerpt ?? null,
      duration_ms: Math.round(durationMs),
    });
    return;
  }
  const said = excerpt === undefined ? '' : `\n  ${visible(excerpt)}`;
  context.print(
    `${context.paint.good('✓')} ${webhook.url} answered ${visible(attemptWords(attempt))}${said}`,
  );
}
