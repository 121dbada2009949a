import type { FactState } from '../../protocol';
import { Code } from '../code';
import { visible } from '../text';

/** What the catalog knows of a table: each fact with who says it. */
export function Facts({ facts }: { facts: FactState[] }) {
  if (facts.length === 0) return null;
  return (
    <ul class="rasgo-facts-list">
      {facts.map((fact, i) => (
        <li key={i}>
          <span class="rasgo-quiet rasgo-fact-kind">{kindOf(fact)}</span>
          <div>
            <FactText fact={fact} />
            {fact.sql && fact.sql !== fact.text && <Code text={fact.sql} language="sql" />}
            <p class="rasgo-quiet">
              {[fact.verified ? 'confirmed' : '', fact.source, fact.author, fact.date]
                .filter(Boolean)
                .map((said, j) => (
                  <span key={j} class="rasgo-fact">
                    {said}
                  </span>
                ))}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

const kindOf = (fact: FactState): string =>
  fact.kind === 'query' && fact.verified ? 'verified query' : fact.kind;

/** A fact in a sentence, the column that it is of before it. */
export function FactText({ fact }: { fact: FactState }) {
  const column = fact.kind === 'join' ? '' : fact.column;
  return (
    <span class="rasgo-fact-text">
      {column && <span class="rasgo-name">{column}: </span>}
      {visible(fact.text)}
    </span>
  );
}
