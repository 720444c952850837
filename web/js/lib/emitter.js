/** A small typed emitter: who is interested says `on`, who knows says `emit`. One ear's fault does not silence the others. */

/** @template {Record<string, any>} Events */
export class Emitter {
  /** @type {Map<keyof Events, Set<(value: any) => void>>} */
  #ears = new Map();

  /**
   * Listens until the returned function is called.
   * @template {keyof Events} K
   * @param {K} type
   * @param {(value: Events[K]) => void} ear
   * @returns {() => void}
   */
  on(type, ear) {
    const ears = this.#ears.get(type) ?? new Set();
    ears.add(ear);
    this.#ears.set(type, ears);
    return () => ears.delete(ear);
  }

  /**
   * @template {keyof Events} K
   * @param {K} type
   * @param {Events[K]} value
   */
  emit(type, value) {
    for (const ear of [...(this.#ears.get(type) ?? [])]) {
      try {
        ear(value);
      } catch (fault) {
        reportError(fault);
      }
    }
  }
}
