import type { ReactNode } from "react";

/** A column: its name, and what stands in it. */
export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ReactNode;
  readonly isNumber?: boolean;
  /** How the rows lie by it, where they lie by it now. */
  readonly order?: "ascending" | "descending" | undefined;
  /** What stands in the heading, where it is more than the name. */
  readonly heading?: ReactNode;
}

/** A table that can be scrolled by keyboard where it is wider than the screen. */
export function Table<T>({
  caption,
  columns,
  rows,
  keyOf,
  none = "There are none.",
}: {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly none?: string;
}) {
  if (rows.length === 0) return <p>{none}</p>;
  return (
    <div className="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, heading, isNumber, order }) => (
              <th key={name} scope="col" className={isNumber ? "number" : undefined} aria-sort={order}>
                {heading ?? name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, cell, isNumber }) => (
                <td key={name} className={isNumber ? "number" : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
