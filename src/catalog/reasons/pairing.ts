interface ProviderPlaces {
  readonly operatoryIds: readonly string[];
  readonly locationIds: readonly string[];
}

interface OperatoryPlace {
  readonly _id: string;
  readonly locationId: string;
}

interface ReasonPlaces {
  readonly operatoryIds: readonly string[];
  /** Empty: everywhere. */
  readonly locationIds: readonly string[];
}

/** Whether `provider` can see this reason's patients in `operatory`: assigned to it, working at its location, and the reason is given there. */
export function pairs(reason: ReasonPlaces, provider: ProviderPlaces, operatory: OperatoryPlace): boolean {
  return (
    reason.operatoryIds.includes(operatory._id) &&
    provider.operatoryIds.includes(operatory._id) &&
    provider.locationIds.includes(operatory.locationId) &&
    (reason.locationIds.length === 0 || reason.locationIds.includes(operatory.locationId))
  );
}

/** The operatories in which `provider` can see this reason's patients. */
export function chairsOf<O extends OperatoryPlace>(
  reason: ReasonPlaces,
  provider: ProviderPlaces,
  operatories: readonly O[],
): O[] {
  return operatories.filter((operatory) => pairs(reason, provider, operatory));
}
