/** The DKIM keys of a domain: which of them sign, and where their rotation stands. */
import type { Domain } from '../api/answers.ts';
import { ConfirmedButton } from '../components/actions.tsx';
import { Badge, DetailList, Outside, Time } from '../components/basics.tsx';
import { exactTime } from '../pure/format.ts';
import { announce } from '../shell/announce.tsx';
import { useApi, useText } from '../shell/context.ts';

type Key = Domain['dkim_keys'][number];

const SIGNS = {
  pending: { tone: 'info', sign: '…' },
  active: { tone: 'good', sign: '✓' },
  retired: { tone: 'quiet', sign: '–' },
  removable: { tone: 'warn', sign: '!' },
} as const;

interface DomainKeysProps {
  readonly domain: Domain;
  readonly nowMs: number;
  readonly mayChange: boolean;
  readonly onDomain: (domain: Domain) => void;
}

export function DomainKeys({ domain, nowMs, mayChange, onDomain }: DomainKeysProps) {
  const { domains: words } = useText();
  const api = useApi();
  const keys = domain.dkim_keys;
  const isPending = keys.some(({ state }) => state === 'pending');
  const path = `v1/domains/${encodeURIComponent(domain.domain)}/rotate-dkim`;
  const done = (said: string) => (answer: Domain) => {
    announce(said);
    onDomain(answer);
  };
  return (
    <section class="block" aria-labelledby="keys">
      <div class="block-head">
        <h2 id="keys">{words.dkim}</h2>
        {mayChange && (
          <div class="actions">
            {isPending ? (
              <ConfirmedButton
                label={words.cancelRotation}
                title={words.cancelTitle}
                run={() => api.send<Domain>('DELETE', path)}
                onDone={done(words.cancelled)}
              >
                <p>{words.cancelBody}</p>
              </ConfirmedButton>
            ) : (
              <ConfirmedButton
                label={words.rotate}
                title={words.rotateTitle}
                run={() => api.send<Domain>('POST', path)}
                onDone={done(words.rotated)}
              >
                <p>{words.rotateBody}</p>
              </ConfirmedButton>
            )}
          </div>
        )}
      </div>
      {isPending && (
        <p>
          {domain.dkim_switch_at === null
            ? words.pendingKeys
            : words.switchAt(exactTime(domain.dkim_switch_at))}
        </p>
      )}
      {keys.some(({ state }) => state === 'retired') && <p>{words.leaveOld}</p>}
      <ul class="rules">
        {keys.map((key) => (
          <OneKey key={key.selector} dkim={key} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

function OneKey({ dkim, nowMs }: { readonly dkim: Key; readonly nowMs: number }) {
  const { domains: words } = useText();
  const time = (at: string | null) => (at === null ? undefined : <Time at={at} nowMs={nowMs} />);
  return (
    <li>
      <p>
        <Badge {...SIGNS[dkim.state]}>{words.keyStates[dkim.state]}</Badge>{' '}
        <strong>
          <Outside text={dkim.selector} most={200} />
        </strong>{' '}
        <span class="quiet">
          <Outside text={dkim.algorithm} most={50} />
        </span>
      </p>
      <DetailList
        entries={[
          [words.keyMade, time(dkim.created_at)],
          [words.keySeen, time(dkim.seen_since)],
          [words.keySigns, time(dkim.signs_since)],
          [words.keyFails, time(dkim.failing_since)],
          [words.keyDropped, time(dkim.dropped_at)],
          [words.keyRetired, time(dkim.retired_at)],
        ]}
      />
    </li>
  );
}
