/** All checks of the relay, those that pass too. */
import type { Overview } from '../../api/answers.ts';
import { Failure } from '../../components/basics.tsx';
import { CheckList } from '../../components/check-list.tsx';
import { useApi, useText } from '../../shell/context.ts';
import { useLoad } from '../../shell/load.ts';
import { PageTitle } from '../../shell/page-title.tsx';

export function HealthPage() {
  const { pages } = useText();
  const api = useApi();
  const { value, failure, reload } = useLoad('health', (signal) =>
    api.get<Overview>('operation/overview', { signal }),
  );
  return (
    <>
      <PageTitle title={pages.health} />
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value !== undefined && <CheckList checks={value.checks} />}
    </>
  );
}
