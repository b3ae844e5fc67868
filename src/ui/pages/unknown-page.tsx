/** An address that no page has. */
import { PATHS } from '../pure/router.ts';
import { useText } from '../shell/context.ts';
import { PageTitle } from '../shell/page-title.tsx';

export function UnknownPage() {
  const { unknown } = useText();
  return (
    <>
      <PageTitle title={unknown.title} />
      <p>{unknown.hint}</p>
      <p>
        <a href={PATHS.overview}>{unknown.back}</a>
      </p>
    </>
  );
}
