/** `relayctl webhook test`: a signed test event, sent by relayd at once, and what came back. */
import { timestamp } from '../../api-json/timestamp.ts';
import type { Webhook, WebhookAttempt } from '../../store/webhooks.ts';
import { testWebhook } from '../../admin/webhooks/test-webhook.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { visible } from '../../platform/visible-text.ts';
import { attemptWords } from '../views/webhook-view.ts';
import { wordsOf } from '../own-checks.ts';
import { findWebhook } from '../input/webhook-input.ts';

export const webhookTest: CommandSpec = {
  path: 'webhook test',
  summary: 'Send a signed test event and show the response',
  arguments: '<id>',
  details:
    'The event has the type test and belongs to no message. relayd sends it, even while the webhook is paused. If relayd ' +
    'cannot be reached, relayctl says so and sends it itself. It is not retried. Exit code 1 unless the receiver ' +
    'answers 2xx.',
  examples: [
    { type: 'webhook test whk_01k9q3...', does: 'one POST' },
    { type: 'webhook test whk_01k9q3... --json', does: 'the same for a script' },
  ],
  run: sendTest,
};

async function sendTest(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  const attempt = await testThroughRelayd(context, webhook);
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

/** With the settings that relayd runs with; where it cannot be asked, from here, with those of the file. */
async function testThroughRelayd(context: CommandContext, webhook: Webhook): Promise<WebhookAttempt> {
  const { services, config } = context;
  const asked = await services.ask(config, { operation: 'webhook-test', id: webhook.id });
  switch (asked.kind) {
    case 'answered':
      return asked.answer;
    case 'failed':
      throw new CliFailure(asked.error.code, `relayd did not send the event: ${asked.error.message}`);
    case 'unreachable': {
      const down = asked.because === 'left-behind' || services.runningRelay(config) === undefined;
      const why = down ? 'relayd is not running' : `relayd cannot be asked: ${wordsOf(asked).why}`;
      context.note(`${why}; sending it from relayctl, with the configuration as it is in the file`);
      return await testFromHere(context, webhook);
    }
  }
}

async function testFromHere({ services, config }: CommandContext, webhook: Webhook): Promise<WebhookAttempt> {
  return await testWebhook(webhook, {
    guard: {
      resolver: services.createResolver(config),
      allowPrivateAddresses: config.webhooks.allowPrivateAddresses,
    },
    version: services.version,
    box: await services.openSecretBox(config),
    clock: services.clock,
    random: services.random,
  });
}
