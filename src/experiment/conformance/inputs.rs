//! The parameters of a system as the table writes them: `lambda=0.5;mu=1;c=1;discipline=FCFS`.
//!
//! Parts are separated by semicolons; a part is a key with a value, or a word or two alone, such
//! as `any law`. What nobody asked for is an error in the end: a parameter that is read over would be
//! a system other than the one meant.

/// The parts of one text, those not used yet.
#[derive(Clone, Debug)]
pub struct Inputs {
    values: Vec<(String, String)>,
    remarks: Vec<String>,
}

impl Inputs {
    /// Takes a text apart.
    ///
    /// # Errors
    /// When a key is there twice.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut inputs = Self { values: Vec::new(), remarks: Vec::new() };
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                None => inputs.remarks.push(part.to_owned()),
                Some((key, value)) => {
                    let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
                    if inputs.values.iter().any(|(other, _)| *other == key) {
                        return Err(format!("`{key}` is given twice"));
                    }
                    inputs.values.push((key, value));
                }
            }
        }
        Ok(inputs)
    }

    /// The value of `key`, if it is there.
    pub fn optional_text(&mut self, key: &str) -> Option<String> {
        let index = self.values.iter().position(|(other, _)| other == key)?;
        Some(self.values.remove(index).1)
    }

    /// The value of `key`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn text(&mut self, key: &str) -> Result<String, String> {
        self.optional_text(key).ok_or_else(|| format!("`{key}` is missing"))
    }

    /// A number above zero.
    ///
    /// # Errors
    /// When it is not there or not such a number.
    pub fn positive(&mut self, key: &str) -> Result<f64, String> {
        let text = self.text(key)?;
        positive(key, &text)
    }

    /// A number above zero, if it is there.
    ///
    /// # Errors
    /// When it is there but not such a number.
    pub fn optional_positive(&mut self, key: &str) -> Result<Option<f64>, String> {
        self.optional_text(key).map(|text| positive(key, &text)).transpose()
    }

    /// A whole number from 1 to `most`.
    ///
    /// # Errors
    /// When it is not there or not such a number.
    pub fn count(&mut self, key: &str, most: u32) -> Result<u32, String> {
        let text = self.text(key)?;
        count(key, &text, most)
    }

    /// Numbers above zero with commas between them.
    ///
    /// # Errors
    /// When they are not there or not such numbers.
    pub fn list(&mut self, key: &str) -> Result<Vec<f64>, String> {
        let text = self.text(key)?;
        text.split(',').map(|part| positive(key, part.trim())).collect()
    }

    /// Whether `remark` stands there alone.
    pub fn remark(&mut self, remark: &str) -> bool {
        let index = self.remarks.iter().position(|other| other == remark);
        index.map(|index| self.remarks.remove(index)).is_some()
    }

    /// All parts must have been used.
    ///
    /// # Errors
    /// Names one that was not.
    pub fn finish(self) -> Result<(), String> {
        let key = self.values.first().map(|(key, _)| key);
        match key.or(self.remarks.first()) {
            None => Ok(()),
            Some(part) => Err(format!("`{part}` has no meaning for this model")),
        }
    }
}

/// A number above zero; `key` is whose, for the message.
pub fn positive(key: &str, text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0);
    number.ok_or_else(|| format!("`{key}` must be a number above zero, not `{text}`"))
}

/// A whole number from 1 to `most`; `key` is whose, for the message.
pub fn count(key: &str, text: &str, most: u32) -> Result<u32, String> {
    let number = text.parse().ok().filter(|value| (1..=most).contains(value));
    number.ok_or_else(|| format!("`{key}` must be a whole number from 1 to {most}, not `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_used_once_or_refused() {
        let mut inputs = Inputs::parse("lambda=0.5; mu=1,2 ;any law;c=4").unwrap();
        assert_eq!(inputs.positive("lambda"), Ok(0.5));
        assert_eq!(inputs.list("mu"), Ok(vec![1.0, 2.0]));
        assert!(inputs.remark("any law") && !inputs.remark("any law"));
        assert_eq!(inputs.positive("lambda"), Err("`lambda` is missing".to_owned()));
        assert_eq!(inputs.finish(), Err("`c` has no meaning for this model".to_owned()));
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        let parsed = |text: &str| Inputs::parse(text).unwrap().positive("x");
        for text in ["x=", "x=-1", "x=0", "x=NaN", "x=inf", "x=1s", "y=1"] {
            assert!(parsed(text).is_err(), "{text}");
        }
        assert!(Inputs::parse("c=2.5").unwrap().count("c", 9).is_err());
        assert!(Inputs::parse("c=1;c=2").is_err());
    }
}
