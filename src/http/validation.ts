import { ValidationPipe } from '@nestjs/common';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { Problem, type FieldError } from '../kernel/index.js';

/** Unknown members are refused, values are never converted except query texts to numbers where a DTO says so. */
export function validationPipe(): ValidationPipe {
  rememberRules();
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => toProblem(errors),
  });
}

/** For each body, class-validator goes through the rules of all classes; what a class demands does not change (no groups here). */
function rememberRules(): void {
  const storage = getMetadataStorage();
  const known = new Map<unknown, ReturnType<typeof storage.getTargetValidationMetadatas>>();
  const find = storage.getTargetValidationMetadatas.bind(storage);
  storage.getTargetValidationMetadatas = (...asked) => {
    const rules = known.get(asked[0]) ?? find(...asked);
    known.set(asked[0], rules);
    return rules;
  };
}

function toProblem(errors: ValidationError[]): Problem {
  const found = errors.flatMap((error) => flatten(error, ''));
  const first = found[0];
  const detail = first ? `${first.pointer || 'The body'}: ${first.detail}.` : 'The request is not valid.';
  const more = found.length > 1 ? ` ${found.length - 1} more below.` : '';
  return new Problem('invalid_request', detail + more, { errors: found });
}

function flatten(error: ValidationError, above: string): FieldError[] {
  const pointer = `${above}/${String(error.property).replaceAll('~', '~0').replaceAll('/', '~1')}`.slice(0, 200);
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    pointer,
    code: rule === 'whitelistValidation' ? 'unknown_field' : snake(rule),
    detail: rule === 'whitelistValidation' ? 'this field is not known' : message,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, pointer))];
}

function snake(rule: string): string {
  return rule.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
