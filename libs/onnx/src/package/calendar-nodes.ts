import type { CalendarPart } from '@millrace/learning';
import type { GraphBuilder } from './graph-builder';

const MS_PER_DAY = 86_400_000;

/**
 * The int64 [N, 1] value of a calendar part of `time` (int64 milliseconds since 1970): the arithmetic of `calendarPart` in
 * libs/learning, operator by operator. Mod takes the sign of the divisor, Div truncates; so a division that must round down
 * subtracts the remainder first.
 */
export function calendarNodes(graph: GraphBuilder, time: string, part: CalendarPart): string {
  const c = new IntegerArithmetic(graph, `${time}.${part}`);
  const withinDay = c.mod(time, MS_PER_DAY);
  if (part === 'minute-of-day') return c.divide(withinDay, 60_000);
  if (part === 'hour-of-day') return c.divide(withinDay, 3_600_000);
  const day = c.divide(c.subtract(time, withinDay), MS_PER_DAY);
  if (part === 'day-of-week') return c.mod(c.add(day, 4), 7);
  const { marchYear, monthFromMarch } = civil(c, day);
  if (part === 'month') return c.add(c.mod(c.add(monthFromMarch, 2), 12), 1);
  return c.add(c.subtract(day, firstOfYear(c, marchYear, monthFromMarch)), 1);
}

function civil(c: IntegerArithmetic, day: string): { marchYear: string; monthFromMarch: string } {
  const shifted = c.add(day, 719_468);
  const dayOfEra = c.mod(shifted, 146_097);
  const era = c.divide(c.subtract(shifted, dayOfEra), 146_097);
  const withoutLeapDays = c.subtract(
    c.add(c.subtract(dayOfEra, c.divide(dayOfEra, 1460)), c.divide(dayOfEra, 36_524)),
    c.divide(dayOfEra, 146_096),
  );
  const yearOfEra = c.divide(withoutLeapDays, 365);
  const daysBefore = c.subtract(c.add(c.multiply(yearOfEra, 365), c.divide(yearOfEra, 4)), c.divide(yearOfEra, 100));
  const dayOfYear = c.subtract(dayOfEra, daysBefore);
  return {
    marchYear: c.add(yearOfEra, c.multiply(era, 400)),
    monthFromMarch: c.divide(c.add(c.multiply(dayOfYear, 5), 2), 153),
  };
}

function firstOfYear(c: IntegerArithmetic, marchYear: string, monthFromMarch: string): string {
  const before = c.add(c.add(marchYear, c.divide(monthFromMarch, 10)), -1);
  const days = c.add(
    c.subtract(c.add(c.multiply(before, 365), c.floorDivide(before, 4)), c.floorDivide(before, 100)),
    c.floorDivide(before, 400),
  );
  return c.add(days, 306 - 719_468);
}

/** int64 operators on values or constants. */
class IntegerArithmetic {
  constructor(
    private readonly graph: GraphBuilder,
    private readonly label: string,
  ) {}

  add = (a: string, b: string | number): string => this.node('Add', a, b);
  subtract = (a: string, b: string | number): string => this.node('Sub', a, b);
  multiply = (a: string, b: number): string => this.node('Mul', a, b);
  /** Truncates; `a` must not be negative, or must be a multiple of `b`. */
  divide = (a: string, b: number): string => this.node('Div', a, b);
  mod = (a: string, b: number): string => this.node('Mod', a, b);
  floorDivide = (a: string, b: number): string => this.divide(this.subtract(a, this.mod(a, b)), b);

  private node(operator: string, a: string, b: string | number): string {
    const right = typeof b === 'number' ? this.graph.int(b) : b;
    return this.graph.add(operator, [a, right], `${this.label}/${operator.toLowerCase()}`);
  }
}
