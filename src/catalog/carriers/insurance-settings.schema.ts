import { anyShape, defineCollection, type BaseDocument } from '../../persistence/index.js';

export const ASK_RULES = ['off', 'optional', 'required'] as const;
export type AskRule = (typeof ASK_RULES)[number];

export const QUESTION_TYPES = ['text', 'choice', 'yes_no'] as const;
export type QuestionType = (typeof QUESTION_TYPES)[number];

/** A question of the practice's own about the insurance. */
export interface InsuranceQuestion {
  /** Names the answer; given by the practice, lasting. */
  id: string;
  label: string;
  type: QuestionType;
  /** Of a `choice`; empty otherwise. */
  choices: string[];
  required: boolean;
}

/** How a practice asks about insurance; one document a practice, its `_id` is the practice's. */
export interface InsuranceSettings extends BaseDocument {
  /** Patients may type a carrier that is not in the list. */
  acceptOther: boolean;
  showOtherWarning: boolean;
  otherWarningText: string | null;
  showOutOfNetwork: boolean;
  outOfNetworkText: string | null;
  askGroupNumber: AskRule;
  askSubscriberId: AskRule;
  askSubscriberName: AskRule;
  askPlan: AskRule;
  questions: InsuranceQuestion[];
  /** The practice decided not to ask about insurance: the set-up step counts as done. */
  skipped: boolean;
}

export const insuranceSettingsCollection = defineCollection<InsuranceSettings>({
  name: 'insurance_settings',
  owner: '_id',
  fields: {
    acceptOther: { type: Boolean, required: true },
    showOtherWarning: { type: Boolean, required: true },
    otherWarningText: String,
    showOutOfNetwork: { type: Boolean, required: true },
    outOfNetworkText: String,
    askGroupNumber: { type: String, required: true },
    askSubscriberId: { type: String, required: true },
    askSubscriberName: { type: String, required: true },
    askPlan: { type: String, required: true },
    questions: anyShape,
    skipped: { type: Boolean, required: true },
  },
});
