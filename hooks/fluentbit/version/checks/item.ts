import type { Problem } from '../../../api/problems/problem.ts';
import { at, type Filled } from './fault.ts';
import type { PatternBudget } from './regex/pattern-budget.ts';

/** A plugin's properties by their names, and the field of the plugin as a whole. */
export interface Item {
  path: string;
  /** Whether all of its properties are among the settings: a misspelt one is not missing as well. */
  complete: boolean;
  settings: readonly Filled[];
  /** Of the resource that the plugin is in. */
  patterns: PatternBudget;
  /** Files need not be declared: the policy allows paths of the node. */
  anyPath?: boolean;
}

/** What is wrong with the properties of a plugin together. */
export type ItemCheck = (item: Item) => Problem[];

export function setting(item: Item, name: string): Filled | undefined {
  return item.settings.find((one) => one.canonical === name);
}

/** The first value of a property, where it can be known. */
export function known(item: Item, name: string): string | undefined {
  const value = setting(item, name)?.texts[0]?.value;
  return value === undefined || value.unknown ? undefined : value.text;
}

function missing(item: Item, message: string): Problem[] {
  return [at(item.path, { reason: 'MissingProperty', message })];
}

/** All of the properties must be there. */
export function needs(...names: string[]): ItemCheck {
  return (item) => {
    const absent = names.filter((name) => setting(item, name) === undefined);
    return absent.length === 0 ? [] : missing(item, `It needs ${absent.join(', ')}.`);
  };
}

/** At least one of them. */
export function needsOneOf(...names: string[]): ItemCheck {
  return (item) =>
    names.some((name) => setting(item, name) !== undefined)
      ? []
      : missing(item, `It needs one of ${names.join(', ')}.`);
}

/** Not both. */
export function excludes(one: string, other: string): ItemCheck {
  return when(has(one), forbids(other, `${one} and ${other} exclude each other.`));
}

/** A property that must not be there. */
export function forbids(name: string, message: string, hint = 'Remove it.'): ItemCheck {
  return (item) => {
    const found = setting(item, name);
    return found === undefined ? [] : [at(found.path, { reason: 'InvalidValue', message, hint })];
  };
}

/** Both or neither. */
export function together(one: string, other: string): ItemCheck {
  return when(has(one), needs(other), when(has(other), needs(one)));
}

export function when(holds: (item: Item) => boolean, then: ItemCheck, otherwise: ItemCheck = () => []): ItemCheck {
  return (item) => (holds(item) ? then(item) : otherwise(item));
}

/** Whether a property is there, with the text in it. */
export function has(name: string, text = ''): (item: Item) => boolean {
  return (item) => setting(item, name) !== undefined && (known(item, name)?.includes(text) ?? text === '');
}

/** Whether a property has one of the values. */
export function is(name: string, ...values: string[]): (item: Item) => boolean {
  return (item) => values.includes(known(item, name)?.toLowerCase() ?? '');
}

/** Whether a property is a number, however it is written: 00 and -0 are 0. */
export function isNumber(name: string, number: number): (item: Item) => boolean {
  return (item) => Number(known(item, name) ?? Number.NaN) === number;
}

export function isOn(name: string): (item: Item) => boolean {
  return is(name, 'true', 'on', 'yes');
}

export function all(...checks: ItemCheck[]): ItemCheck {
  return (item) => checks.flatMap((check) => check(item));
}
