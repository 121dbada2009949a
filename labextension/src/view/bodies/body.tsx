import type { BodyState } from '../../protocol';
import { Changes } from './changes';
import { Figure } from './figure';
import { Hits } from './hits';
import { Proposal } from './proposal';
import { Profiles } from './profiles';
import { Rows } from './rows';
import { Tables } from './tables';
import { Variables } from './variables';

/** What a tool found, in the card made for it. */
export function Body({ body }: { body: BodyState }) {
  switch (body.kind) {
    case 'hits':
      return <Hits hits={body.hits} more={body.more} />;
    case 'tables':
      return <Tables tables={body.tables} more={body.more} />;
    case 'profiles':
      return <Profiles profiles={body.profiles} more={body.more} />;
    case 'rows':
      return <Rows rows={body.rows} />;
    case 'changes':
      return <Changes changes={body.changes} value={body.value} />;
    case 'figure':
      return <Figure figure={body.figure} />;
    case 'variables':
      return <Variables variables={body.variables} more={body.more} />;
    case 'reply':
      return <blockquote class="rasgo-reply">{body.text}</blockquote>;
    case 'proposal':
      return <Proposal proposal={body.proposal} />;
    case 'plain':
      return (
        <pre class="rasgo-printed" tabIndex={0}>
          {body.text}
        </pre>
      );
  }
}

/** The line that says how a list was cut. */
export function More({ more }: { more: string }) {
  return more ? <p class="rasgo-quiet">{more}</p> : null;
}
