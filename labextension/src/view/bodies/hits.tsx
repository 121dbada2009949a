import { useState } from 'preact/hooks';
import type { HitState, TableState } from '../../protocol';
import { useView, useWork } from '../context';
import { Said } from '../said';
import { More } from './body';
import { FactText } from './facts';
import { Table } from './tables';

const FEW = 3; // facts in the line of a hit; all are in its table

export function Hits({ hits, more }: { hits: HitState[]; more: string }) {
  const best = Math.max(...hits.map((hit) => hit.score), 0);
  return (
    <div class="rasgo-hits">
      {hits.map((hit, i) => (
        <Hit key={i} hit={hit} share={best > 0 ? hit.score / best : 0} />
      ))}
      {hits.length === 0 && <p class="rasgo-quiet">No table matches.</p>}
      <More more={more} />
    </div>
  );
}

function Hit({ hit, share }: { hit: HitState; share: number }) {
  const { host } = useView();
  const look = useWork();
  const [table, setTable] = useState<TableState | null>(null);
  const [isOpen, setOpen] = useState(false);
  const toggle = () => {
    setOpen(!isOpen);
    if (isOpen || table !== null) return;
    look.start(async () => {
      const { value } = await host.ask({ name: 'table', table: hit.table });
      setTable(value as TableState);
    });
  };
  const line = <HitLine hit={hit} share={share} />;
  return (
    <div class="rasgo-hit">
      {host.live ? (
        <button type="button" class="rasgo-hit-line" aria-expanded={isOpen} onClick={toggle}>
          {line}
        </button>
      ) : (
        <div class="rasgo-hit-line">{line}</div>
      )}
      {isOpen && look.busy && <p class="rasgo-quiet">Looking …</p>}
      {isOpen && <Said notice={look.notice} />}
      {isOpen && table && <Table table={table} />}
    </div>
  );
}

function HitLine({ hit, share }: { hit: HitState; share: number }) {
  return (
    <>
      <span class="rasgo-score" title={`Score ${hit.score.toPrecision(3)}`}>
        <span style={{ width: `${Math.round(100 * Math.min(1, Math.max(0.04, share)))}%` }} />
      </span>
      <span class="rasgo-hit-text">
        <span class="rasgo-name">{hit.table}</span>
        {(hit.family || hit.rows) && (
          <span class="rasgo-fact rasgo-quiet rasgo-figures">{hit.family || hit.rows}</span>
        )}
        {hit.comment && <span class="rasgo-hit-comment">{hit.comment}</span>}
        {hit.why && <span class="rasgo-quiet rasgo-hit-why">{hit.why}</span>}
        <Matching hit={hit} />
        {hit.facts?.slice(0, FEW).map((fact, i) => (
          <span key={i} class="rasgo-quiet rasgo-hit-why">
            <FactText fact={fact} />
            {fact.source && ` (${[fact.source, fact.date].filter(Boolean).join(', ')})`}
          </span>
        ))}
      </span>
    </>
  );
}

/** The columns that matched, where the reason has not named them. */
function Matching({ hit }: { hit: HitState }) {
  const isSaid = hit.columns?.every((column) => hit.why.includes(column)) ?? true;
  if (isSaid) return null;
  return (
    <span class="rasgo-quiet rasgo-hit-why">
      columns <span class="rasgo-name">{hit.columns.join(', ')}</span>
    </span>
  );
}
