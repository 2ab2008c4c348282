/**
 * A question that a lower room asks and a higher room answers: the lower room declares a subclass, the higher one gives the
 * answer while the application starts. So dependencies keep pointing down (law 3).
 */
export abstract class Question<Asked extends unknown[], Answer> {
  private answer: ((...asked: Asked) => Answer) | undefined;

  answerWith(answer: (...asked: Asked) => Answer): void {
    this.answer = answer;
  }

  ask(...asked: Asked): Answer {
    if (!this.answer)
      throw new Error(`nobody answers ${this.constructor.name}: a module is missing from the application`);
    return this.answer(...asked);
  }
}

/** Objections that higher rooms may raise before something is removed or changed: the first one that objects decides. */
export abstract class Guards<Asked extends unknown[]> {
  private readonly checks: ((...asked: Asked) => Promise<boolean>)[] = [];

  register(check: (...asked: Asked) => Promise<boolean>): void {
    this.checks.push(check);
  }

  /** True when at least one check objects. */
  async object(...asked: Asked): Promise<boolean> {
    for (const check of this.checks) if (await check(...asked)) return true;
    return false;
  }
}

/** Higher rooms that have to act within a change of a lower one, in its transaction: each of them is told, in turn. */
export abstract class Followers<Told extends unknown[]> {
  private readonly followers: ((...told: Told) => Promise<void>)[] = [];

  register(follower: (...told: Told) => Promise<void>): void {
    this.followers.push(follower);
  }

  async tell(...told: Told): Promise<void> {
    for (const follow of this.followers) await follow(...told);
  }
}
