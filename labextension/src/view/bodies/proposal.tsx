import type { ProposalState } from '../../protocol';
import { SCOPES } from '../memory';
import { useView } from '../context';
import { visible } from '../text';

/** In its step a proposal is only told of: it is decided below the steps, which fold. */
export function Proposal({ proposal }: { proposal: ProposalState }) {
  const { host } = useView();
  return (
    <div>
      <blockquote class="rasgo-reply">{visible(proposal.kept?.text ?? proposal.text)}</blockquote>
      <p class="rasgo-quiet">{wordOf(proposal, host.live)}</p>
    </div>
  );
}

function wordOf({ decided, kept, id }: ProposalState, isLive: boolean): string {
  if (kept !== null) return `Kept for ${SCOPES[kept.scope]}.`;
  if (decided === 'dropped') return 'Dropped.';
  return isLive ? 'Proposed memory: decide below.' : `Proposed memory (%rasgo memory keep ${id})`;
}
