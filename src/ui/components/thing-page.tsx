/** The frame of a page about one thing of a list: the way back, its name, what can be done with it, and why it could not be read. */
import type { ComponentChildren } from 'preact';
import { cut, visibleText } from '../pure/visible-text.ts';
import { useText } from '../shell/context.ts';
import type { Loaded } from '../shell/load.ts';
import { lastSearchOf } from '../shell/location.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { Failure, Outside } from './basics.tsx';

interface ThingPageProps {
  readonly list: { readonly path: string; readonly name: string };
  readonly title: string;
  readonly loaded: Pick<Loaded<unknown>, 'failure' | 'reload' | 'loading'>;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function ThingPage({ list, title, loaded, actions, children }: ThingPageProps) {
  const { message } = useText();
  return (
    <>
      <p class="back">
        <a href={list.path + lastSearchOf(list.path)}>← {list.name}</a>
      </p>
      <div class="page-head">
        <PageTitle title={visibleText(cut(title, 80))}>
          <span class="clipped">
            <Outside text={title} most={1_000} />
          </span>
        </PageTitle>
        <div class="actions">
          <button type="button" onClick={loaded.reload} aria-disabled={loaded.loading}>
            {message.refresh}
          </button>
          {actions}
        </div>
      </div>
      {loaded.failure !== undefined && <Failure failure={loaded.failure} onAgain={loaded.reload} />}
      {children}
    </>
  );
}
