/** Sends a test event to a webhook and shows what its receiver answered. */
import { useState } from 'preact/hooks';
import type { WebhookTest } from '../api/answers.ts';
import { ActionButton } from '../components/actions.tsx';
import { CodeBlock, DetailList, Outside } from '../components/basics.tsx';
import { span } from '../pure/format.ts';
import { useApi, useText } from '../shell/context.ts';

export function WebhookTestButton({ path }: { readonly path: string }) {
  const { webhooks: words } = useText();
  const api = useApi();
  const [result, setResult] = useState<WebhookTest>();
  return (
    <>
      <div class="after-details">
        <ActionButton
          label={words.test}
          run={() => api.send<WebhookTest>('POST', `${path}/test`)}
          onDone={setResult}
        />
      </div>
      {result !== undefined && (
        <>
          <p class={result.delivered ? 'notice good' : 'notice'} role="status">
            {result.delivered ? words.testOk : words.testBad}
          </p>
          <ReceiverAnswer answer={result} />
        </>
      )}
    </>
  );
}

/** What a receiver answered to a request. */
export function ReceiverAnswer({ answer }: { readonly answer: Omit<WebhookTest, 'delivered'> }) {
  const { webhooks: words } = useText();
  const { status, error, response, duration_ms: took } = answer;
  return (
    <DetailList
      entries={[
        [words.status, status === null ? words.noAnswer : status],
        [words.error, error === null ? undefined : <Outside text={error} most={1_000} />],
        [words.took, span(took)],
        [
          words.answer,
          response === null || response === '' ? undefined : (
            <CodeBlock text={response} label={words.answer} />
          ),
        ],
      ]}
    />
  );
}
