/** Routes in their order, what would happen to an address, and the sources that mail leaves from. */
import type { RouteLine, RouteList } from '../../api/answers.ts';
import { DetailList, Failure, Outside } from '../../components/basics.tsx';
import { useApi, useText } from '../../shell/context.ts';
import { useLoad } from '../../shell/load.ts';
import { PageTitle } from '../../shell/page-title.tsx';
import { goesWords, matchWords } from './route-words.ts';
import { RouteTest } from './route-test.tsx';
import { Sources } from './sources.tsx';

export function RoutesPage() {
  const { pages, routing: words } = useText();
  const api = useApi();
  const { value, failure, reload } = useLoad('routes', (signal) =>
    api.get<RouteList>('operation/routes', { signal }),
  );
  return (
    <>
      <PageTitle title={pages.routes} />
      <p class="quiet">{words.hint}</p>
      <section class="block" aria-labelledby="routes">
        <h2 id="routes">{words.routes}</h2>
        {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
        {value?.data.length === 0 && <p class="quiet">{words.noRoutes}</p>}
        <ol class="rules">
          {value?.data.map((route, index) => (
            <li key={route.name}>
              <h3>
                {index + 1}. <Outside text={route.name} most={200} />
              </h3>
              <RouteFacts route={route} />
            </li>
          ))}
        </ol>
      </section>
      <RouteTest />
      <Sources />
    </>
  );
}

function RouteFacts({ route }: { readonly route: RouteLine }) {
  const { routing: words } = useText();
  const { fallback, fallback_on: causes, pool, reason, dkim, action } = route;
  const outside = (text: string | null) => (text === null ? undefined : <Outside text={text} />);
  const sends = action === 'direct' || action === 'relay';
  return (
    <DetailList
      entries={[
        [words.matches, outside(matchWords(route, words))],
        [words.goes, outside(goesWords(route, words) + (sends && !dkim ? `, ${words.unsigned}` : ''))],
        [words.reason, outside(reason)],
        [
          words.fallback,
          fallback === null
            ? undefined
            : outside(
                words.fallbackWhen(
                  fallback,
                  causes.map((cause) => words.causes[cause] ?? cause).join(words.or),
                ),
              ),
        ],
        [words.pool, outside(pool)],
      ]}
    />
  );
}
