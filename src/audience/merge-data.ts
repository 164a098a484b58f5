/**
 * Merge data by name. It inherits nothing, so that a column named `__proto__`, `constructor` or `toString` is a column
 * like any other, and an absent one is absent. An object made by `Object.create(null)` would do the same, but the engine
 * keeps such objects as hash tables, which take several times the time and room.
 */
export class MergeData {
  [name: string]: unknown;
}

Reflect.deleteProperty(MergeData.prototype, 'constructor');
Object.freeze(Object.setPrototypeOf(MergeData.prototype, null));
