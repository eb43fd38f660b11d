/** What the keeper of a set of containers is to open. */
export interface SetPlan {
  readonly socketPath: string;
  /** The value of the label that all of the set's containers and its network carry. */
  readonly set: string;
  /** The run folder, which must not exist. */
  readonly folder: string;
  readonly postgres?: {
    readonly image: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  readonly kafka?: { readonly image: string; readonly port: number };
}

export type ContainerOrder = { readonly do: "open"; readonly plan: SetPlan } | { readonly do: "end" };

/** Ids of containers that the engine has started; whether their servers answer is for others to see. */
export interface OpenedSet {
  readonly postgres?: string;
  readonly kafka?: string;
}

export type ContainerReport = { readonly opened: OpenedSet } | { readonly fault: string };
