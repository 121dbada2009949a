import type { VariableState } from '../../protocol';
import { More } from './body';

export function Variables({ variables, more }: { variables: VariableState[]; more: string }) {
  return (
    <>
      <div class="rasgo-scroll" tabIndex={0} role="region" aria-label="Variables">
        <table class="rasgo-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Type</th>
              <th scope="col">Holds</th>
            </tr>
          </thead>
          <tbody>
            {variables.map((variable, i) => (
              <tr key={i}>
                <td class="rasgo-name">{variable.name}</td>
                <td class="rasgo-mono rasgo-quiet">{variable.type}</td>
                <td class="rasgo-words">{variable.summary}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More more={more} />
    </>
  );
}
