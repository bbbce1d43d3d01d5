/** One measured number beside what it is held against in the same run. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** The same of somebody else, or of itself under other circumstances. */
  baseline?: { what: string; value: number };
  /** What was set as the goal: of the ratio to the baseline where there is one, else of the value. */
  goal?: { atMost: number } | { atLeast: number };
  /** What must be known to read the number. */
  note?: string;
}

export interface Bench {
  name: string;
  what: string;
  run(report: Reporter): Promise<Figure[]>;
}

export interface Reporter {
  /** Long work shows progress. */
  progress(text: string): void;
  /** What was left out, and why. */
  skipped(text: string): void;
}

export const ratioOf = ({ value, baseline }: Figure): number | undefined => baseline && value / baseline.value;

export function reached(figure: Figure): boolean | undefined {
  const { goal } = figure;
  if (!goal) return undefined;
  const judged = ratioOf(figure) ?? figure.value;
  return 'atMost' in goal ? judged <= goal.atMost : judged >= goal.atLeast;
}

export const goalOf = ({ goal, baseline, unit }: Figure): string => {
  if (!goal) return '';
  const [sign, bound] = 'atMost' in goal ? ['≤', goal.atMost] : ['≥', goal.atLeast];
  return baseline ? `${sign} ${bound} ×` : `${sign} ${written(bound)} ${unit}`;
};

export function written(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 1_000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
