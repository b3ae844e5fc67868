/** The head of a list: its title, what it is about, and the button that adds to it, for those who may. */
import { mayChangeThe, type Thing } from '../pure/rights.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { PageTitle } from '../shell/page-title.tsx';

interface ListHeadProps {
  readonly of: Extract<Thing, 'credentials' | 'domains' | 'suppressions' | 'webhooks'>;
  readonly onAdd: () => void;
}

export function ListHead({ of, onAdd }: ListHeadProps) {
  const text = useText();
  const { account } = useSurroundings();
  return (
    <>
      <div class="page-head">
        <PageTitle title={text.pages[of]} />
        {mayChangeThe(of, account.role) && (
          <div class="actions">
            <button type="button" class="primary" onClick={onAdd}>
              {text[of].add}
            </button>
          </div>
        )}
      </div>
      <p class="quiet">{text[of].hint}</p>
    </>
  );
}
