/** How the mail of the account goes: checks with their remedy, counts of today and the last seven days, the newest messages. */
import type { Figures, Message, MessagePage, Overview, Stats } from '../api/answers.ts';
import { Badge, Failure, Outside, StateBadge, Time } from '../components/basics.tsx';
import { CheckList } from '../components/check-list.tsx';
import { worstState } from '../pure/delivery-states.ts';
import { countWords, shareWords, span } from '../pure/format.ts';
import { messagePath, PATHS } from '../pure/router.ts';
import { useApi, useLanguage, useSurroundings, useText } from '../shell/context.ts';
import { useLoad, useNow } from '../shell/load.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { LiveMail } from './live-mail.tsx';

const DAY_MS = 86_400_000;
const FIGURES = ['accepted', 'delivered', 'deferred', 'bounced', 'suppressed', 'complained'] as const;

export function OverviewPage() {
  const { pages, overview: words } = useText();
  const { session } = useSurroundings();
  return (
    <>
      <PageTitle title={pages.overview} />
      {session.relay_role !== null && <Checks />}
      <LiveMail />
      <Counts />
      <Newest title={words.newest} query={{ limit: 8 }} />
      <Newest title={words.troubled} query={{ limit: 5, state: 'bounced' }} empty={words.noTrouble} />
      <p>
        <a href={PATHS.messages}>{words.allMessages}</a>
      </p>
    </>
  );
}

function Checks() {
  const { overview: words } = useText();
  const api = useApi();
  const { value, failure, reload } = useLoad('overview', (signal) =>
    api.get<Overview>('operation/overview', { signal }),
  );
  if (failure !== undefined) return <Failure failure={failure} onAgain={reload} />;
  if (value === undefined) return null;
  const wrong = value.checks.filter(({ level }) => level !== 'ok');
  return (
    <section class="block" aria-labelledby="checks">
      <h2 id="checks">{words.checks}</h2>
      {wrong.length === 0 ? (
        <p>
          <Badge tone="good" sign="✓">
            {words.checksOk}
          </Badge>
        </p>
      ) : (
        <CheckList checks={wrong} />
      )}
    </section>
  );
}

function Counts() {
  const { overview: words } = useText();
  const api = useApi();
  const language = useLanguage();
  const { value, failure, reload } = useLoad('stats', (signal) => {
    const from = new Date(Date.now() - 6 * DAY_MS).toISOString().slice(0, 10);
    return api.get<Stats>('v1/stats', { query: { by: 'day', from }, signal });
  });
  if (failure !== undefined) return <Failure failure={failure} onAgain={reload} />;
  if (value === undefined) return null;
  const today = value.periods.at(-1);
  return (
    <section class="block" aria-labelledby="counts">
      <h2 id="counts">{words.today}</h2>
      {today !== undefined && <Cards figures={today} />}
      <h2>{words.week}</h2>
      <Cards figures={value.total} />
      <div class="scrolls" tabIndex={0} role="region" aria-label={words.days}>
        <table class="figures">
          <caption class="hint">{words.utc}</caption>
          <thead>
            <tr>
              <th scope="col">{words.day}</th>
              {FIGURES.map((name) => (
                <th key={name} scope="col">
                  {words.figures[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value.periods.toReversed().map((period) => (
              <tr key={period.at}>
                <th scope="row">{period.at.slice(0, 10)}</th>
                {FIGURES.map((name) => (
                  <td key={name}>{countWords(period[name], language)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Cards({ figures }: { readonly figures: Figures }) {
  const { overview: words } = useText();
  const language = useLanguage();
  const times = figures.time_to_deliver_ms;
  return (
    <dl class="cards">
      {FIGURES.map((name) => (
        <div key={name}>
          <dt>{words.figures[name]}</dt>
          <dd>{countWords(figures[name], language)}</dd>
        </div>
      ))}
      <div>
        <dt>{words.deliveryRate}</dt>
        <dd>{shareWords(figures.delivery_rate, language)}</dd>
      </div>
      <div>
        <dt>{words.timeToDeliver}</dt>
        <dd>{times === null ? '–' : span(times.p50)}</dd>
      </div>
    </dl>
  );
}

interface NewestProps {
  readonly title: string;
  readonly query: Readonly<Record<string, string | number>>;
  readonly empty?: string;
}

function Newest({ title, query, empty }: NewestProps) {
  const { messages: words } = useText();
  const api = useApi();
  const nowMs = useNow();
  const { value, failure, reload } = useLoad(JSON.stringify(query), (signal) =>
    api.get<MessagePage>('v1/messages', { query, signal }),
  );
  return (
    <section class="block" aria-label={title}>
      <h2>{title}</h2>
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value !== undefined && value.data.length === 0 && <p class="quiet">{empty ?? words.emptyHint}</p>}
      {value !== undefined && value.data.length > 0 && (
        <ul class="short-list">
          {value.data.map((message) => (
            <NewestLine key={message.id} message={message} nowMs={nowMs} noSubject={words.noSubject} />
          ))}
        </ul>
      )}
    </section>
  );
}

function NewestLine(props: {
  readonly message: Message;
  readonly nowMs: number;
  readonly noSubject: string;
}) {
  const { message, nowMs } = props;
  const state = worstState(message.deliveries.map((one) => one.state));
  return (
    <li>
      <a class="grows" href={messagePath(message.id)}>
        <Outside text={message.subject || props.noSubject} most={200} />
      </a>
      {state !== undefined && <StateBadge state={state} />}
      <span class="quiet">
        <Time at={message.accepted_at} nowMs={nowMs} />
      </span>
    </li>
  );
}
