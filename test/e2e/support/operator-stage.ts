/** A relay whose operator hears of failed checks by mail, by a webhook and by a program, all of them real. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ReceivedMessage } from '../../support/fake-mx-options.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';
import { SENDER_DOMAIN, Stage } from './stage.ts';

export const OPERATOR = 'ops@recipient.test';

export class OperatorStage implements AsyncDisposable {
  readonly stage: Stage;
  readonly webhook: WebhookReceiver;
  readonly #folder: string;

  private constructor(stage: Stage, webhook: WebhookReceiver, folder: string) {
    this.stage = stage;
    this.webhook = webhook;
    this.#folder = folder;
  }

  static async start(): Promise<OperatorStage> {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-operator-'));
    const script = path.join(folder, 'page');
    writeFileSync(script, `#!/bin/sh\ncat >> "${folder}/$1"\necho paged\n`);
    chmodSync(script, 0o755);
    const webhook = await startWebhookReceiver();
    const stage = await Stage.start({
      config: {
        webhooks: { allow_http: true, allow_private_addresses: true },
        operator: {
          mail: OPERATOR,
          from: `alerts@${SENDER_DOMAIN}`,
          webhook: webhook.url,
          command: [script, 'paged'],
        },
      },
    });
    return new OperatorStage(stage, webhook, folder);
  }

  /** Mail to the operator that the MX took. */
  get mails(): readonly ReceivedMessage[] {
    return this.stage.mx.messages.filter(({ recipients }) =>
      recipients.some((one) => one.address === OPERATOR),
    );
  }

  /** What the program was given on its standard input. */
  get pages(): readonly Readonly<Record<string, unknown>>[] {
    const file = path.join(this.#folder, 'paged');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
    await this.webhook.stop();
  }
}
