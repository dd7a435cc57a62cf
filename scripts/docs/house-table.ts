/** The table of the house in `docs/architecture.md`, from the rules that are checked. */
import { HOUSE } from '../imports/house.ts';
import { cell, table } from './markdown.ts';

export function houseTable(): string[] {
  return table(
    ['folder', 'holds', 'may import'],
    HOUSE.map(({ folder, holds, may }) => [
      `\`${folder}/\``,
      cell(holds),
      may === 'all' ? 'all' : may.map((room) => `\`${room}\``).join(', ') || 'nothing',
    ]),
  );
}
