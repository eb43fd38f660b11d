/** What a group asks of its members. */
export interface GroupMember {
  /** Lets go of what is not wanted any more. */
  release(wanted: ReadonlySet<number>): void;
  /** Takes what is new, from the committed offset on. */
  assign(wanted: ReadonlySet<number>): void;
  wake(): void;
}

/** Who owns what. Every join and leave is a rebalance of all members; who keeps a partition keeps its tenure. */
export class MemoryGroup {
  readonly #members: GroupMember[] = [];
  readonly committed: number[];
  rebalances = 0;

  constructor(partitions: number) {
    this.committed = Array.from({ length: partitions }, () => 0);
  }

  enter(member: GroupMember): void {
    this.#members.push(member);
    this.rebalance();
  }

  /** Leaves, or is expelled: then its settles are answered with `lost`. */
  leave(member: GroupMember): void {
    const index = this.#members.indexOf(member);
    if (index === -1) return;
    this.#members.splice(index, 1);
    member.assign(new Set());
    this.rebalance();
  }

  /** The member stands still beyond its session: others get its partitions, and it knows nothing of that. */
  stall(member: GroupMember): void {
    const index = this.#members.indexOf(member);
    if (index === -1) return;
    this.#members.splice(index, 1);
    this.rebalance();
  }

  /** It is told, loses everything, and joins anew. */
  revive(member: GroupMember): void {
    if (this.has(member)) return;
    member.assign(new Set());
    this.enter(member);
  }

  has(member: GroupMember): boolean {
    return this.#members.includes(member);
  }

  /** Deals the partitions out anew, each time shifted by one so that they change hands. */
  rebalance(shift = 0): void {
    this.rebalances += 1;
    const wanted = this.#members.map(() => new Set<number>());
    for (let partition = 0; partition < this.committed.length; partition += 1) {
      wanted[(partition + shift) % Math.max(1, wanted.length)]?.add(partition);
    }
    // First everybody lets go, then everybody takes: no partition has two owners.
    this.#members.forEach((member, i) => member.release(wanted[i] as Set<number>));
    this.#members.forEach((member, i) => member.assign(wanted[i] as Set<number>));
    this.wake();
  }

  wake(): void {
    for (const member of this.#members) member.wake();
  }

  commit(partition: number, offset: number): void {
    this.committed[partition] = Math.max(this.committed[partition] as number, offset);
  }
}
