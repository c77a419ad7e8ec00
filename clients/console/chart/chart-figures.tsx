import { memo, useMemo } from 'react';
import { grouped } from './grouped.ts';
import type { ReactElement } from 'react';
import type { ChartData } from './data.ts';

/** Rows shown; the Table view has all of them. */
const MAX_DRAWN = 500;

/** The chart's figures as a table: a row for each label, a column for each series. */
export const ChartFigures = memo(function ChartFigures({
  data,
  label,
}: {
  data: ChartData;
  label: string;
}): ReactElement {
  const cells = useMemo(
    () => new Map(data.points.map((point) => [`${point.label}\n${point.series}`, point.text])),
    [data],
  );
  return (
    // Focusable, so that the arrow keys scroll it.
    <div className="console-chart-figures" role="region" aria-label={`Figures: ${data.title}`} tabIndex={0}>
      <table className="console-figures" data-testid="chart-figures">
        <caption className="console-hidden">{data.title}</caption>
        <thead>
          <tr>
            <th scope="col">{label}</th>
            {data.series.map((name) => (
              <th key={name} scope="col" className="console-number" title={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.labels.slice(0, MAX_DRAWN).map((name) => (
            <tr key={name}>
              <th scope="row" title={name}>
                {name}
              </th>
              {data.series.map((series) => (
                <td key={series} className="console-number">
                  {grouped(cells.get(`${name}\n${series}`) ?? '')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {data.labels.length > MAX_DRAWN && (
        <p className="console-hint">{data.labels.length - MAX_DRAWN} more, see Table</p>
      )}
    </div>
  );
});
