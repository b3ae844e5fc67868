/** Where a person is signed in, and the way to end it. */
import type { ApiClient } from '../../api/client.ts';
import type { Security } from '../../api/answers.ts';
import { ActionButton } from '../../components/actions.tsx';
import { Badge, Outside, Time } from '../../components/basics.tsx';
import { announce } from '../../shell/announce.tsx';
import { useText } from '../../shell/context.ts';
import { useNow } from '../../shell/load.ts';

interface SessionListProps {
  readonly api: ApiClient;
  readonly security: Security;
  readonly onChanged: () => void;
}

export function SessionList({ api, security, onChanged }: SessionListProps) {
  const { security: words } = useText();
  const nowMs = useNow();
  const { sessions } = security;
  const done = (said: string) => {
    announce(said);
    onChanged();
  };
  return (
    <section class="block" aria-labelledby="sessions">
      <h2 id="sessions">{words.sessions}</h2>
      <ul class="rules">
        {sessions.map(({ id, address, user_agent: agent, is_this: isThis, seen_at: seen }) => (
          <li key={id}>
            <p>
              <Outside text={address} />{' '}
              {isThis && (
                <Badge tone="info" sign="●">
                  {words.thisSession}
                </Badge>
              )}{' '}
              <span class="quiet">
                {words.lastUsed} <Time at={seen} nowMs={nowMs} />
              </span>
              <br />
              <Outside text={agent ?? words.noAgent} most={200} />
            </p>
            {!isThis && (
              <ActionButton
                label={words.end}
                what={words.endOf(address)}
                run={() => api.send('DELETE', `security/sessions/${id}`)}
                onDone={() => done(words.ended)}
              />
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <ActionButton
          label={words.endOthers}
          run={() => api.send('DELETE', 'security/sessions')}
          onDone={() => done(words.othersEnded)}
        />
      )}
    </section>
  );
}
