/** One webhook: whether events arrive, its delivery log; test, pause, change, rotate, remove. */
import { useState } from 'preact/hooks';
import type { Webhook } from '../api/answers.ts';
import { CopyButton, DetailList, Outside, Time } from '../components/basics.tsx';
import { ThingPage } from '../components/thing-page.tsx';
import { mayChangeThe } from '../pure/rights.ts';
import { PATHS } from '../pure/router.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { useLoad, useNow } from '../shell/load.ts';
import { WebhookActions } from './webhook-actions.tsx';
import { WebhookDeliveries } from './webhook-deliveries.tsx';
import { WebhookTestButton } from './webhook-test.tsx';
import { WebhookBadge, WebhookEvents } from './webhooks-page.tsx';

export function WebhookPage({ id }: { readonly id: string }) {
  const { webhooks: words } = useText();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  // Counts what was done here and by "Refresh": the log is read anew after each.
  const [turn, setTurn] = useState(0);
  const path = `v1/webhooks/${encodeURIComponent(id)}`;
  const loaded = useLoad(path, (signal) => api.get<Webhook>(path, { signal }));
  const mayChange = mayChangeThe('webhooks', account.role);
  const reload = () => {
    setTurn((old) => old + 1);
    loaded.reload();
  };
  const webhook = loaded.value;
  return (
    <ThingPage
      list={{ path: PATHS.webhooks, name: words.back }}
      title={webhook?.url ?? id}
      loaded={{ ...loaded, reload }}
      actions={
        webhook !== undefined &&
        mayChange && <WebhookActions webhook={webhook} path={path} onChanged={reload} />
      }
    >
      {webhook !== undefined && (
        <>
          <section class="block" aria-label={words.state}>
            <WebhookDetails webhook={webhook} nowMs={nowMs} />
            {mayChange && <WebhookTestButton path={path} />}
          </section>
          <WebhookDeliveries
            path={path}
            turn={turn}
            nowMs={nowMs}
            mayChange={mayChange}
            onReplayed={reload}
          />
        </>
      )}
    </ThingPage>
  );
}

function WebhookDetails({ webhook, nowMs }: { readonly webhook: Webhook; readonly nowMs: number }) {
  const { webhooks: words } = useText();
  const time = (at: string | null) => (at === null ? undefined : <Time at={at} nowMs={nowMs} />);
  return (
    <DetailList
      entries={[
        [
          words.state,
          <>
            <WebhookBadge webhook={webhook} /> {time(webhook.state_since)}
          </>,
        ],
        [
          words.reason,
          webhook.state_reason === null ? undefined : <Outside text={webhook.state_reason} most={1_000} />,
        ],
        [words.failingSince, time(webhook.failing_since)],
        [words.arrived, time(webhook.delivered_at) ?? words.nothingYet],
        [words.events, <WebhookEvents key="events" webhook={webhook} />],
        [words.oldSecret, time(webhook.old_secret_until)],
        [
          words.id,
          <>
            <code>{webhook.id}</code> <CopyButton text={webhook.id} what={words.id} />
          </>,
        ],
        [words.created, time(webhook.created_at)],
      ]}
    />
  );
}
