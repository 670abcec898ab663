package dev.graft.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaTemplateTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2025-03-04T15:06:07Z"), ZoneOffset.UTC);

  @Test
  void tagsTakeTheirLineWithThemAsTransformersSetsItUp() {
    assertEquals("a\nb\n", render("  {% if true %}\na\n  {% endif %}\nb\n\n"));
    assertEquals("ab", render("a  {%- if true -%}  \n b{% endif %}"));
    assertEquals("x y", render("x {#- gone #} y{# and this #}\n"));
    assertEquals("  1\n2", render("  {{ 1 }}\n{{ 2 }}\n"));
    assertEquals("  x\n", render("  {%+ if true +%}x{% endif +%}\n\n"));
  }

  @Test
  void tellsTheTimeOfItsClock() {
    assertEquals(
        "04 Mar 2025, Tuesday 15:06 4 100%",
        render("{{ strftime_now('%d %b %Y, %A %H:%M %-d 100%%') }}"));
  }

  @Test
  void textOfValuesIsNeverATemplate() {
    Rendered rendered =
        JinjaTemplate.parse("{{ x }}{{ '{{' }}{% set y = x %}{{ y | trim }}", CLOCK)
            .render(Map.of("x", "{{ 7 * 7 }}{% if"));
    assertEquals("{{ 7 * 7 }}{% if{{{{ 7 * 7 }}{% if", rendered.text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{{ 'x' }}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='xxxxxxxxxx') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}",
        "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
        "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ [ns.a, ns.b] | sort }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ {ns.l: 1} }}",
        "{{ 'x' * 999999999999 }}",
        "{{ 'x' | indent(2000000000) }}",
        "{{ [1] | tojson(indent=2000000000) }}",
        "{% set s = 'a' * 3000000 %}{{ (s ~ 'b') in (s ~ s) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
        "{{ range(1000000000) | length }}"
      })
  void aTemplateThatWouldNotEndIsRefused(String source) {
    JinjaTemplate template = JinjaTemplate.parse(source, CLOCK);
    String message =
        assertTimeoutPreemptively(
            Duration.ofSeconds(10), () -> refusal(() -> template.render(Map.of())));
    assertTrue(message.startsWith("chat template"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
          """
          {{ x.__class__ }} => "x" is undefined
          {{ ''.__class__.__mro__ }} => has no "__class__"
          {{ messages.append(1) }} => has no "append", so it cannot be called
          {{ {}.update({}) }} => has no "update", so it cannot be called
          {% set messages.x = 1 %} => "messages" is no namespace
          {{ cycler('a') }} => "cycler" is undefined, so it cannot be called
          {{ 1 + 'a' }} => "+" is not possible between an integer and a string
          {{ [] | tojson(nope=1) }} => filter "tojson" takes no argument "nope"
          {{ namespace }} => a function cannot be printed
          {{ 1 // 0 }} => division by zero
          {{ raise_exception('no system') }} => the template refuses the conversation: no system
          {{ strftime_now('%Q') }} => strftime_now does not know "%Q"
          """)
  void whatATemplateMayNotDoFailsWithItsLine(String source, String expected) {
    JinjaTemplate template = JinjaTemplate.parse("\n\n" + source, CLOCK);
    String message = refusal(() -> template.render(Map.of("messages", List.of())));
    assertTrue(
        message.startsWith("chat template, line 3: ") && message.contains(expected), message);
  }

  @Test
  void whatIsNotSupportedIsRefusedByNameWhenRead() {
    assertRefused("{% include 'x' %}", "{% include %} is not supported");
    assertRefused("{% import 'x' as y %}", "{% import %} is not supported");
    assertRefused("{% extends 'x' %}", "{% extends %} is not supported");
    assertRefused("{% call f() %}{% endcall %}", "{% call %} is not supported");
    assertRefused("{{ x | attr('y') }}", "filter \"attr\" is not supported; there are abs, ");
    assertRefused("{{ x is filter }}", "test \"filter\" is not supported");
    assertRefused("{{ f(*x) }}", "\"*\" before an argument is not supported");
    assertRefused("{% for x in y recursive %}{% endfor %}", "recursive loops are not supported");
    assertRefused("{% break %}", "\"break\" is not in a loop");
  }

  @Test
  void whatIsBrokenIsRefusedWithItsLine() {
    assertRefused("{% if x %}", "the block is not closed");
    assertRefused("{{ x ", "a tag is not closed by \"}}\"");
    assertRefused("{{ 'x }}", "a string is not closed");
    assertRefused("{# x", "a comment is not closed");
    assertRefused("{% raw %}", "{% raw %} is not closed");
    assertRefused("{{ x y }}", "found \"y\", expected \"}}\"");
    assertRefused("{{ ) }}", "closes nothing");
    assertRefused("{{ ? }}", "\"?\" is not expected here");
    assertRefused("{% nonsense %}", "{% nonsense %} is not supported");
    assertRefused("{% endif %}", "{% endif %} is not supported here");
    assertRefused("{{ " + "(".repeat(500) + "1" + ")".repeat(500) + " }}", "in each other");
    assertRefused("{{ " + "1" + "+1".repeat(200_000) + " }}", "");
  }

  @Test
  void tellsWhatItReads() {
    JinjaTemplate template =
        JinjaTemplate.parse("{% if tools %}{{ messages[0]['tool_calls'].name }}{% endif %}", CLOCK);
    assertTrue(template.mentions("tools"));
    assertTrue(template.mentions("tool_calls"));
    assertFalse(template.mentions("documents"));
    assertFalse(template.marksGeneration());
  }

  @Test
  void variablesOfALoopOrBlockStayInIt() {
    assertEquals(
        "1 2 | 0",
        render(
            "{% set x = 0 %}{% for i in [1, 2] %}{% set x = x + i %}{{ i }} {% endfor %}| {{ x }}"));
    assertEquals(
        "in out",
        render(
            "{% set x = 'out' %}{% set y %}{% set x = 'in' %}{{ x }}{% endset %}{{ y }} {{ x }}"));
  }

  @Test
  void theInterpreterReachesNoFilesNoNetworkAndNoReflection() {
    ArchRuleDefinition.classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.graft.chat",
            "java.lang",
            "java.util..",
            "java.math",
            "java.time..",
            "org.jspecify..")
        .check(
            new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.graft.chat"));
  }

  private static void assertRefused(String source, String expected) {
    String message = refusal(() -> JinjaTemplate.parse("\n" + source, CLOCK).render(Map.of()));
    assertTrue(message.startsWith("chat template"), message);
    assertTrue(message.contains(expected), message);
  }

  private static String refusal(Runnable code) {
    return String.valueOf(assertThrows(TemplateException.class, code::run).getMessage());
  }

  private static String render(String source) {
    return JinjaTemplate.parse(source, CLOCK).render(Map.of()).text();
  }
}
