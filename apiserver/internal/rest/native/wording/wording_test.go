package wording

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2/validation"
)

func chinese(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Chinese()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// has reports whether a template is among those of a reason or the phrases.
func (c *Catalogue) has(reason, english string) bool {
	for _, r := range []string{reason, phrases} {
		for _, t := range c.sections[r] {
			if t.english == english {
				return true
			}
		}
	}
	return false
}

var letters = regexp.MustCompile(`[a-z]{2}`)

// TestEveryRefusalIsSaid reads the messages of all refusals in the source: each
// has its Chinese text.
func TestEveryRefusalIsSaid(t *testing.T) {
	c := chinese(t)
	all := readSource(t)
	if len(all) < 350 {
		t.Errorf("only %d messages were found: is the source read at all?", len(all))
	}
	for _, s := range all {
		if letters.MatchString(verb.ReplaceAllString(s.english, "")) && !c.has(s.reason, s.english) {
			t.Errorf("%s: zh.json has no text for %q of %q", s.at, s.english, s.reason)
		}
	}
}

// TestNothingIsSaidInVain finds texts whose message is gone.
func TestNothingIsSaidInVain(t *testing.T) {
	used := map[string]bool{}
	for _, s := range readSource(t) {
		used[s.reason+" "+s.english] = true
	}
	for reason, s := range chinese(t).sections {
		for _, text := range s {
			if reason != phrases && text.fixed > 0 && !used[reason+" "+text.english] {
				t.Errorf("no refusal says %q of %q any more", text.english, reason)
			}
		}
	}
}

// TestFrameworkIsSaid looks for the messages of the framework's validation.
func TestFrameworkIsSaid(t *testing.T) {
	c := chinese(t)
	for _, m := range []string{
		validation.MsgUnexpectedProperty, validation.MsgExpectedRFC3339DateTime, validation.MsgExpectedRFC1123DateTime,
		validation.MsgExpectedRFC3339Date, validation.MsgExpectedRFC3339Time, validation.MsgExpectedRFC5322Email,
		validation.MsgExpectedRFC5890Hostname, validation.MsgExpectedRFC2673IPv4, validation.MsgExpectedRFC2373IPv6,
		validation.MsgExpectedRFCIPAddr, validation.MsgExpectedRFC3986URI, validation.MsgExpectedRFC4122UUID,
		validation.MsgExpectedRFC6570URITemplate, validation.MsgExpectedRFC6901JSONPointer, validation.MsgExpectedRFC6901RelativeJSONPointer,
		validation.MsgExpectedRegexp, validation.MsgExpectedMatchAtLeastOneSchema, validation.MsgExpectedMatchExactlyOneSchema,
		validation.MsgExpectedNotMatchSchema, validation.MsgExpectedPropertyNameInObject, validation.MsgExpectedBoolean,
		validation.MsgExpectedDuration, validation.MsgExpectedNumber, validation.MsgExpectedInteger, validation.MsgExpectedString,
		validation.MsgExpectedBase64String, validation.MsgExpectedArray, validation.MsgExpectedObject, validation.MsgExpectedArrayItemsUnique,
		validation.MsgExpectedOneOf, validation.MsgExpectedMinimumNumber, validation.MsgExpectedExclusiveMinimumNumber,
		validation.MsgExpectedMaximumNumber, validation.MsgExpectedExclusiveMaximumNumber, validation.MsgExpectedNumberBeMultipleOf,
		validation.MsgExpectedMinLength, validation.MsgExpectedMaxLength, validation.MsgExpectedBePattern, validation.MsgExpectedMatchPattern,
		validation.MsgExpectedMinItems, validation.MsgExpectedMaxItems, validation.MsgExpectedMinProperties, validation.MsgExpectedMaxProperties,
		validation.MsgExpectedRequiredProperty, validation.MsgExpectedDependentRequiredProperty,
	} {
		if !c.has(phrases, m) {
			t.Errorf("zh.json has no text for %q", m)
		}
	}
}

// TestTemplatesFindThemselves fills every template and wants its own text: none
// hides behind another that fits as well.
func TestTemplatesFindThemselves(t *testing.T) {
	c := chinese(t)
	for reason, s := range c.sections {
		for _, text := range s {
			n := 0
			var filled []string
			english := verb.ReplaceAllStringFunc(text.english, func(v string) string {
				if v == "%%" {
					return "%"
				}
				n++
				with := fmt.Sprintf("值%d", n)
				switch v[len(v)-1] {
				case 'd':
					with = fmt.Sprint(40 + n)
				case 'q':
					with = fmt.Sprintf("%q", with)
				}
				filled = append(filled, with)
				return with
			})
			want := place.ReplaceAllStringFunc(text.said, func(p string) string { return filled[p[1]-'1'] })
			if got := c.Message(reason, english); got != want {
				t.Errorf("%q of %q is said as %q, want %q", english, reason, got, want)
			}
		}
	}
}

func TestMessages(t *testing.T) {
	c := chinese(t)
	for _, test := range []struct{ reason, english, want string }{
		{"project.exists", "project etl already exists", "项目 etl 已存在"},
		{"backfill.dates", "there is no date between a and b and c", "a 与 b and c 之间没有需要补数的日期"},
		{"task.params.invalid", "rawScript must not be blank", "参数 rawScript 不能为空"},
		{"task.invalid", "task load: it has no kind", "任务 load：没有任务类型"},
		{"channel.failed", "the message did not leave: webhook: EOF", "消息没有发出：webhook: EOF"},
		{"instance.not_found", "task b: instance 7 does not exist", "task b：实例 7 不存在"},
		{"document.invalid", "line 3: tasks[0]: it has no kind (and 2 more)", "第 3 行：tasks[0]：没有任务类型（另有 2 处问题）"},
		{"queue.unchanged", "nothing changes", "没有任何改动"},
		{"x.y", "nobody knows this", "nobody knows this"},
		{"x.y", "nobody knows this: is missing", "nobody knows this: is missing"},
		{"", "", ""},
	} {
		if got := c.Message(test.reason, test.english); got != test.want {
			t.Errorf("%q of %q is said as %q, want %q", test.english, test.reason, got, test.want)
		}
	}
}

func TestProblems(t *testing.T) {
	c := chinese(t)
	for english, want := range map[string]string{
		"the workflow has no name":                       "工作流没有名称",
		"there is no environment java":                   "环境 java 不存在",
		"rawScript must not be blank":                    "参数 rawScript 不能为空",
		"udfs[2].name must be text":                      "参数 udfs[2].name 须为文本",
		"task a: it has no kind":                         "任务 a：没有任务类型",
		`"soon" is no cron expression`:                   `"soon" 不是 cron 表达式`,
		"[3:1] unexpected key name of something foreign": "[3:1] unexpected key name of something foreign",
	} {
		if got := c.Problem(english); got != want {
			t.Errorf("%q is said as %q, want %q", english, got, want)
		}
	}
}

// TestMistakesAreFound gives catalogues that cannot be.
func TestMistakesAreFound(t *testing.T) {
	for english, said := range map[string]string{"a %s": "", "b %s": "{2}", "c": "{1}", "d %s": "{0}"} {
		if _, err := newTemplate(english, said); err == nil || !strings.Contains(err.Error(), english[:1]) {
			t.Errorf("%q as %q: %v", english, said, err)
		}
	}
}
