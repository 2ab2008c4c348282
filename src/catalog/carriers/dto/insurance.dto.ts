import { IntersectionType } from '@nestjs/swagger';
import { AnswerOf, Bool, Int, NestedList, OneOf, Text, TextList } from '../../../http/index.js';
import { ASK_RULES, QUESTION_TYPES, type AskRule, type QuestionType } from '../insurance-settings.schema.js';

const text = { max: 1_000, multiline: true, optional: true, nullable: true } as const;

export class InsuranceQuestionDto {
  @Text({ max: 40, pattern: /^[a-z0-9][a-z0-9_-]*$/, example: 'plan-year', description: 'Names the answer; lasting' })
  id!: string;

  @Text({ max: 200 })
  label!: string;

  @OneOf(QUESTION_TYPES)
  type!: QuestionType;

  @TextList({ max: 120, maxItems: 30, optional: true, description: 'Two or more of a `choice`, none otherwise' })
  choices?: string[];

  @Bool({ optional: true, default: false })
  required?: boolean;
}

export class PatchInsuranceSettings {
  @Bool({ optional: true, description: 'Patients may type a carrier that is not in the list' })
  acceptOther?: boolean;

  @Bool({ optional: true })
  showOtherWarning?: boolean;

  @Text(text)
  otherWarningText?: string | null;

  @Bool({ optional: true })
  showOutOfNetwork?: boolean;

  @Text(text)
  outOfNetworkText?: string | null;

  @OneOf(ASK_RULES, { optional: true })
  askGroupNumber?: AskRule;

  @OneOf(ASK_RULES, { optional: true })
  askSubscriberId?: AskRule;

  @OneOf(ASK_RULES, { optional: true })
  askSubscriberName?: AskRule;

  @OneOf(ASK_RULES, { optional: true })
  askPlan?: AskRule;

  @NestedList(() => InsuranceQuestionDto, { maxItems: 20, optional: true })
  questions?: InsuranceQuestionDto[];

  @Bool({ optional: true, description: 'The practice does not ask about insurance: its step of the set-up is done' })
  skipped?: boolean;
}

class Saved {
  @Int({ min: 0, max: 1_000_000_000, description: '0 while nothing was saved' })
  version!: number;
}

export class InsuranceSettingsView extends IntersectionType(AnswerOf(PatchInsuranceSettings), Saved) {}
